package dev.kq.chaos;

import dev.kq.testkit.EmbeddedKafka;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** The cluster: restarts its nodes and knows its offsets. Thread-safe. */
final class Brokers implements AutoCloseable {
    static final int NODES = 3;

    private final EmbeddedKafka kafka;
    private final Admin admin;

    Brokers() {
        kafka = EmbeddedKafka.builder()
                .nodes(NODES)
                .brokerProperty("group.consumer.session.timeout.ms", "6000")
                .start();
        admin = Admin.create(kafka.clientProperties());
    }

    String addresses() {
        return kafka.bootstrapServers();
    }

    Map<String, Object> clientProperties() {
        return kafka.clientProperties();
    }

    void createTopic(String topic, int partitions) {
        kafka.createTopic(topic, partitions, NODES);
    }

    /** Stops a node, so that its leaders and coordinators move, and starts it again. */
    void restart(int node) {
        kafka.stopNode(node);
        kafka.startNode(node);
    }

    void startAll() {
        for (int node = 0; node < NODES; node++) {
            kafka.startNode(node);
        }
    }

    /** Whether every replica of the topic and of the groups' offsets has caught up; not while that is unknown. */
    boolean inSync(String topic) {
        try {
            return get(admin.describeTopics(List.of(topic, "__consumer_offsets"))
                            .allTopicNames())
                    .values()
                    .stream()
                    .flatMap(description -> description.partitions().stream())
                    .allMatch(partition -> partition.isr().size() == NODES);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    Map<Integer, Long> ends(String topic, int partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int p = 0; p < partitions; p++) {
            asked.put(new TopicPartition(topic, p), OffsetSpec.latest());
        }
        Map<Integer, Long> ends = new HashMap<>();
        try {
            get(admin.listOffsets(asked).all()).forEach((tp, end) -> ends.put(tp.partition(), end.offset()));
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
        return ends;
    }

    Map<Integer, Long> committed(String group) {
        Map<TopicPartition, OffsetAndMetadata> found;
        try {
            found = get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
        Map<Integer, Long> committed = new HashMap<>();
        found.forEach((tp, offset) -> committed.put(tp.partition(), offset.offset()));
        return committed;
    }

    @Override
    public void close() {
        admin.close();
        kafka.close();
    }

    private static <T> T get(KafkaFuture<T> future) throws ExecutionException, TimeoutException {
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
