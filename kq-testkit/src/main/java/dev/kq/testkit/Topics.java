package dev.kq.testkit;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.metadata.MetadataCache;

/**
 * Creates topics and waits until the brokers serve them, and changes settings. Owned by the calling thread; holds one
 * admin client.
 */
final class Topics implements AutoCloseable {
    private static final long SECONDS = 30;

    private final Admin admin;
    private final List<MetadataCache> brokers;

    Topics(String bootstrapServers, List<MetadataCache> brokers) {
        this.admin = Admin.create(Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "metric.reporters",
                "",
                "retry.backoff.ms",
                5,
                "retry.backoff.max.ms",
                50));
        this.brokers = brokers;
    }

    void create(String name, int partitions, short replicationFactor, Map<String, String> configs) {
        NewTopic topic = new NewTopic(name, partitions, replicationFactor).configs(configs);
        get("Topic " + name, admin.createTopics(List.of(topic)).all());
        awaitKnown(name, partitions);
        awaitServed(name, partitions);
    }

    /** Only a leader that serves can answer this; until then it is asked again. */
    private void awaitServed(String name, int partitions) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(name, partition))
                .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
        while (true) {
            try {
                get("Topic " + name, admin.listOffsets(ends).all());
                return;
            } catch (EmbeddedKafkaException e) {
                // A node in another process may not know it yet, and the admin client takes its word for it.
                boolean unknown = e.getCause() instanceof UnknownTopicOrPartitionException;
                if (!unknown || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    /** Changes settings of the brokers while they run. */
    void configure(Collection<Integer> nodes, Map<String, String> settings) {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (int id : nodes) {
            changes.put(
                    new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(id)),
                    settings.entrySet().stream()
                            .map(setting -> new AlterConfigOp(
                                    new ConfigEntry(setting.getKey(), setting.getValue()), AlterConfigOp.OpType.SET))
                            .toList());
        }
        get("Settings", admin.incrementalAlterConfigs(changes).all());
    }

    /**
     * Waits until groups are served, which the first request for one sets going. Else the first commit to a fresh
     * broker may come too early, and the client warns about it.
     */
    void awaitGroups() {
        // Groups are spread over the coordinators by their hash; these are next to each other.
        Map<String, ListConsumerGroupOffsetsSpec> groups = IntStream.range(0, NodeProperties.OFFSETS_PARTITIONS)
                .mapToObj(i -> String.valueOf((char) ('a' + i)))
                .collect(Collectors.toMap(Function.identity(), group -> new ListConsumerGroupOffsetsSpec()));
        get("Groups", admin.listConsumerGroupOffsets(groups).all());
    }

    Set<String> names() {
        return get("Topics", admin.listTopics().names());
    }

    private void awaitKnown(String name, int partitions) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!brokers.stream().allMatch(broker -> knows(broker, name, partitions))) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw new EmbeddedKafkaException("Topic " + name + " was created, but not all nodes know it");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static boolean knows(MetadataCache broker, String name, int partitions) {
        return IntStream.range(0, partitions)
                .allMatch(partition -> broker.getLeaderAndIsr(name, partition)
                        .filter(state -> state.leader() >= 0)
                        .isPresent());
    }

    private static <T> T get(String what, KafkaFuture<T> future) {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw EmbeddedKafkaException.of(what, e);
        } catch (TimeoutException e) {
            throw new EmbeddedKafkaException(what + ": no answer within " + SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedKafkaException(what + ": interrupted", e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
