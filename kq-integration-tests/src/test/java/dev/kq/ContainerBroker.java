package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.testcontainers.kafka.KafkaContainer;

/** One Kafka in a container, from its start to its removal. Thread-safe. */
final class ContainerBroker implements TestBroker, AutoCloseable {
    private final KafkaImage image;
    private final KafkaContainer container;
    private final Admin admin;

    ContainerBroker(KafkaImage image) {
        this.image = image;
        container = image.container()
                // as the embedded one: no topic by accident, and sessions as short as a test wants
                .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                .withEnv("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "100")
                .withEnv("KAFKA_GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS", "500")
                .withEnv("KAFKA_GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS", "100")
                .withEnv("KAFKA_GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS", "500")
                .withEnv("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4");
        container.start();
        admin = Admin.create(clientProperties());
    }

    @Override
    public String bootstrapServers() {
        return container.getBootstrapServers();
    }

    @Override
    public Map<String, Object> clientProperties() {
        return new HashMap<>(Map.of("bootstrap.servers", bootstrapServers()));
    }

    @Override
    public String createTopic(String name, int partitions, int replicationFactor, Map<String, String> configs) {
        try {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) replicationFactor).configs(configs)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("Topic " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Topic " + name, e);
        }
        // Only leaders that serve can answer this, and a broker that does not know the topic yet says there is none.
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(name, partition))
                .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .ignoreExceptions()
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .untilAsserted(
                        () -> assertThat(admin.listOffsets(ends).all().get()).hasSize(partitions));
        return name;
    }

    @Override
    public boolean isOldest() {
        return image == KafkaImage.OLDEST;
    }

    @Override
    public void close() {
        admin.close();
        container.close();
    }
}
