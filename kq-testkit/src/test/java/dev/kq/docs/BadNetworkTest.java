package dev.kq.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.TcpProxy;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class BadNetworkTest {
    @Test
    void paymentIsSent_whenTheNetworkIsBack() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start();
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
            TcpProxy network = kafka.proxy(0); // one for each node
            kafka.createTopic("payments", 8);
            producer.send(new ProducerRecord<>("payments", "zhangSan", "10.00")).get();

            network.down(); // cut: connections are reset, new ones are refused
            Future<RecordMetadata> sent = producer.send(new ProducerRecord<>("payments", "zhangSan", "20.00"));
            assertThat(sent).isNotDone();
            network.restore();
            sent.get(30, TimeUnit.SECONDS);

            network.latency(Duration.ofMillis(50)); // each way
            network.bandwidth(100_000); // bytes a second
            producer.send(new ProducerRecord<>("payments", "zhangSan", "30.00")).get(30, TimeUnit.SECONDS);
        }
    }
}
