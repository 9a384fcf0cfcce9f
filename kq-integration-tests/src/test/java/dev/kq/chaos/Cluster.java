package dev.kq.chaos;

import dev.kq.testkit.ForkedKafka;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidPartitionsException;

/**
 * The brokers and their topics, seen and changed past the proxies. A call that finds no answer is tried again for a
 * while: nodes come and go. Thread-safe.
 */
final class Cluster implements AutoCloseable {
    static final int NODES = 3;
    static final String GROUPS = "__consumer_offsets";

    private static final int ATTEMPTS = 20;

    private final ForkedKafka kafka = ForkedKafka.builder()
            .nodes(NODES)
            .proxied()
            .brokerProperty("group.consumer.session.timeout.ms", "6000")
            .brokerProperty("log.cleaner.backoff.ms", "500")
            .start();
    private final Admin admin = Admin.create(kafka.adminProperties());

    ForkedKafka kafka() {
        return kafka;
    }

    /** For those whose network is bad at times. */
    String addresses() {
        return kafka.bootstrapServers();
    }

    /** For those whose network is good. */
    Map<String, Object> clientProperties() {
        return kafka.adminProperties();
    }

    /** All nodes run, and their network is good. */
    void calm() {
        for (int node = 0; node < NODES; node++) {
            kafka.proxy(node).restore();
            kafka.startNode(node);
        }
    }

    /** Whether every replica of the topics has caught up; not while that is unknown. */
    boolean inSync(Collection<String> topics) {
        try {
            return admin.describeTopics(topics).allTopicNames().get(5, TimeUnit.SECONDS).values().stream()
                    .flatMap(description -> description.partitions().stream())
                    .allMatch(partition -> partition.isr().size() == NODES);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    int partitions(String topic) {
        return describe(topic).partitions().size();
    }

    void addPartition(String topic) {
        int more = partitions(topic) + 1;
        ask(() -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(more)))
                .all()
                .toCompletionStage()
                .exceptionally(failure -> {
                    if (failure instanceof InvalidPartitionsException) {
                        return null; // an attempt before had worked, without an answer
                    }
                    throw new CompletionException(failure);
                }));
    }

    /** Makes another replica of each partition its leader; for {@link #GROUPS} that moves the coordinators. */
    void moveLeaders(String topic) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> orders = new HashMap<>();
        for (TopicPartitionInfo partition : describe(topic).partitions()) {
            List<Integer> replicas =
                    new ArrayList<>(partition.replicas().stream().map(Node::id).toList());
            Collections.rotate(replicas, 1);
            orders.put(
                    new TopicPartition(topic, partition.partition()),
                    Optional.of(new NewPartitionReassignment(replicas)));
        }
        ask(() -> admin.alterPartitionReassignments(orders).all().toCompletionStage());
        ask(() -> admin.electLeaders(ElectionType.PREFERRED, new HashSet<>(orders.keySet()))
                .partitions()
                .toCompletionStage());
    }

    /** Whether the topic takes records; one whose largest record is a byte takes none. */
    void acceptRecords(String topic, boolean accept) {
        ask(() -> admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("max.message.bytes", accept ? "1048588" : "1"),
                                AlterConfigOp.OpType.SET))))
                .all()
                .toCompletionStage());
    }

    Map<Integer, Long> ends(String topic) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        describe(topic)
                .partitions()
                .forEach(partition -> asked.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
        Map<Integer, Long> ends = new HashMap<>();
        ask(() -> admin.listOffsets(asked).all().toCompletionStage())
                .forEach((tp, end) -> ends.put(tp.partition(), end.offset()));
        return ends;
    }

    Map<Integer, Long> committed(String group) {
        Map<TopicPartition, OffsetAndMetadata> found = ask(() -> admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .toCompletionStage());
        Map<Integer, Long> committed = new HashMap<>();
        found.forEach((tp, offset) -> committed.put(tp.partition(), offset.offset()));
        return committed;
    }

    private TopicDescription describe(String topic) {
        return ask(() -> admin.describeTopics(List.of(topic)).allTopicNames().toCompletionStage())
                .get(topic);
    }

    private interface Question<T> {
        CompletionStage<T> ask();
    }

    private static <T> T ask(Question<T> question) {
        AssertionError failure = new AssertionError("the brokers do not answer");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return question.ask().toCompletableFuture().get(15, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                failure.addSuppressed(e);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250)); // nodes come and go
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
        throw failure;
    }

    @Override
    public void close() {
        admin.close();
        kafka.close();
    }
}
