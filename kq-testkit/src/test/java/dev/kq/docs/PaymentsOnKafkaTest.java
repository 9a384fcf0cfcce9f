package dev.kq.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.StartOffset;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(KafkaExtension.class)
class PaymentsOnKafkaTest {
    @Test
    void handlesAPayment(EmbeddedKafka kafka, TestNames names) throws Exception {
        String topic = kafka.createTopic(names.topic(), 8);
        KqConf conf = KqConf.builder()
                .brokers(kafka.bootstrapServers())
                .group(names.group())
                .topic(topic)
                .offset(StartOffset.FIRST)
                .build();
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (KqQueue queue = new KqQueue(conf, (key, value) -> seen.add(key + " " + value));
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
            queue.start();
            producer.send(new ProducerRecord<>(topic, "zhangSan", "10.00")).get();
            assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo("zhangSan 10.00");
        }
    }
}
