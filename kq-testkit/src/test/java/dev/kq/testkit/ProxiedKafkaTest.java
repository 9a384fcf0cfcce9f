package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class ProxiedKafkaTest {
    private static KafkaProducer<String, String> producer(EmbeddedKafka kafka, Map<String, Object> extra) {
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.putAll(extra);
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    @Test
    void clients_goOnAfterACutAndASlowNetwork() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start();
                KafkaProducer<String, String> producer = producer(kafka, Map.of("reconnect.backoff.max.ms", "200"))) {
            TcpProxy proxy = kafka.proxy(0);
            kafka.createTopic("orders", 1);
            producer.send(new ProducerRecord<>("orders", "before")).get(20, TimeUnit.SECONDS);
            assertThat(proxy.connections()).as("nobody goes round it").isGreaterThanOrEqualTo(1);

            proxy.down();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            sent.add(producer.send(new ProducerRecord<>("orders", "during")));
            kafka.createTopic("by-another-way", 1);
            assertThat(sent.get(0)).isNotDone();
            proxy.restore();
            sent.get(0).get(20, TimeUnit.SECONDS);

            proxy.latency(Duration.ofMillis(100));
            proxy.bandwidth(200_000);
            long from = System.nanoTime();
            producer.send(new ProducerRecord<>("orders", "x".repeat(100_000))).get(20, TimeUnit.SECONDS);
            assertThat(System.nanoTime() - from).isGreaterThan(600_000_000L);
            assertThat(new Client(kafka.clientProperties()).read("orders", "g", 3))
                    .extracting(value -> value.substring(0, 1))
                    .containsExactly("b", "d", "x");
        }
    }

    @Test
    void halfOpen_isNoticedOnlyByAClientThatWaitsNoLonger() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start();
                KafkaProducer<String, String> producer = producer(
                        kafka,
                        Map.of("request.timeout.ms", "2000", "delivery.timeout.ms", "10000", "linger.ms", "0"))) {
            kafka.createTopic("orders", 1);
            producer.send(new ProducerRecord<>("orders", "before")).get(20, TimeUnit.SECONDS);
            kafka.proxy(0).halfOpen();
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("orders", "lost"))
                            .get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
            kafka.proxy(0).restore();
            producer.send(new ProducerRecord<>("orders", "after")).get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void eachNode_hasItsOwnProxy() throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().nodes(3).proxied().tls().start()) {
            assertThat(kafka.bootstrapServers().split(","))
                    .containsExactly(
                            kafka.proxy(0).address(),
                            kafka.proxy(1).address(),
                            kafka.proxy(2).address());
            kafka.proxy(1).down();
            kafka.createTopic("orders", 3); // the nodes among themselves are not cut
            kafka.proxy(1).restore();
            Client client = new Client(kafka.clientProperties());
            client.send("orders", "a", "b");
            assertThat(client.read("orders", "g", 2)).containsExactlyInAnyOrder("a", "b");
            assertThatThrownBy(() -> kafka.proxy(3)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void proxy_isNotThereUnlessAskedFor() {
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            assertThatIllegalStateException().isThrownBy(() -> kafka.proxy(0)).withMessageContaining("proxied()");
        }
    }

    @Test
    void close_endsTheProxies() {
        EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start();
        TcpProxy proxy = kafka.proxy(0);
        kafka.close();
        assertThatIllegalStateException().isThrownBy(proxy::down).withMessageContaining("closed");
    }
}
