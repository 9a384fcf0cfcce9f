package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

class EmbeddedKafkaClusterTest {
    @Test
    void stopNode_ofThreeLeavesTwoThatServe() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().nodes(3).start()) {
            kafka.createTopic("orders", 3);
            Client client = new Client(kafka.clientProperties());
            client.send("orders", "a");

            kafka.stopNode(0);
            client.send("orders", "b");
            kafka.createTopic("more", 2, 2);
            assertThat(client.read("orders", "g", 2)).containsExactlyInAnyOrder("a", "b");

            kafka.startNode(0);
            try (Admin admin = Admin.create(kafka.clientProperties())) {
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(partitions(admin, "orders"))
                                .allSatisfy(
                                        partition -> assertThat(partition.isr()).hasSize(3)));
            }
        }
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
                .flatMap(description -> description.partitions().stream())
                .toList();
    }
}
