package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/** The same as on the embedded broker, on Kafka as it is shipped in its container image, where Docker answers. */
class ContainerTest {
    private static final String IMAGE = System.getProperty("kq.kafka.image", "apache/kafka:4.3.1");

    @Test
    void messagesArePushedAndHandled_onAKafkaInAContainer() throws Exception {
        assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "no Docker");
        try (KafkaContainer container = new KafkaContainer(IMAGE)) {
            container.start();
            Map<String, Object> client = Map.of("bootstrap.servers", container.getBootstrapServers());
            try (Admin admin = Admin.create(client)) {
                admin.createTopics(List.of(new NewTopic("t", 3, (short) 1)))
                        .all()
                        .get(30, TimeUnit.SECONDS);
            }
            try (var producer = new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 1_000; i++) {
                    producer.send(new ProducerRecord<>("t", "k" + i % 10, "v" + i))
                            .get();
                }
            }
            KqConf conf = KqConf.builder()
                    .brokers(container.getBootstrapServers())
                    .group("g")
                    .topic("t")
                    .offset(StartOffset.FIRST)
                    .build();
            Set<String> seen = ConcurrentHashMap.newKeySet();
            CountDownLatch all = new CountDownLatch(1_000);
            try (KqQueue queue = new KqQueue(conf, (key, value) -> {
                seen.add(value);
                all.countDown();
            })) {
                queue.start();
                assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(seen).hasSize(1_000);
        }
    }
}
