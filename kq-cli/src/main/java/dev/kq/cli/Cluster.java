package dev.kq.cli;

import dev.kq.pusher.Pusher;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Asks the brokers, and makes the clients that read and push. Owned by the main thread. */
final class Cluster implements AutoCloseable {
    private static final String CLIENT_ID = "kq-cli";

    private final Common.Access access;
    private final Map<String, Object> properties;
    private final Duration timeout;
    private final String brokers;
    private final Stop stop;
    private final Admin admin;

    Cluster(Common options, Stop stop) {
        this.access = options.access();
        this.timeout = options.timeout;
        this.stop = stop;
        this.brokers = String.join(",", access.connection().brokers());
        this.properties = access.connection().clientProperties();
        properties.putAll(access.security());
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, CLIENT_ID);
        properties.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(timeout));
        Map<String, Object> ofAdmin = new HashMap<>(properties);
        ofAdmin.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis(timeout));
        try {
            admin = Admin.create(ofAdmin);
        } catch (KafkaException e) {
            throw notMade(e);
        }
    }

    private static int millis(Duration time) {
        return (int) Math.min(Integer.MAX_VALUE, time.toMillis());
    }

    /** No address resolves, or the settings are wrong. */
    private Failure notMade(KafkaException e) {
        if (e.getCause() instanceof ConfigException && Failure.reason(e).contains("resolvable")) {
            return Failure.unreachable("no broker at " + brokers + ": the name is not known", e);
        }
        return Failure.failed(brokers + ": " + Failure.reason(e), e);
    }

    Admin admin() {
        return admin;
    }

    String brokers() {
        return brokers;
    }

    Duration timeout() {
        return timeout;
    }

    Failure noAnswer(@Nullable Throwable cause) {
        return Failure.unreachable(
                "no broker answers at " + brokers + " (tried for " + timeout.toMillis() + " ms; --timeout changes it)",
                cause);
    }

    /**
     * Waits for an answer.
     *
     * @throws Failure if there is none in time, if the brokers do not let us in, or if a stop is requested
     * @throws KafkaException what the brokers say otherwise
     */
    <T> T answer(KafkaFuture<T> future) {
        long deadline = System.nanoTime() + timeout.plusSeconds(2).toNanos();
        while (true) {
            try {
                return future.get(100, TimeUnit.MILLISECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                if (stop.requested()) {
                    throw Failure.failed("stopped before the brokers answered", e);
                }
                if (System.nanoTime() - deadline > 0) {
                    throw noAnswer(e);
                }
            } catch (ExecutionException e) {
                throw told(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Failure.failed("interrupted", e);
            }
        }
    }

    /** What a client threw, for the user. */
    RuntimeException told(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return noAnswer(failure);
        }
        if (failure instanceof AuthenticationException) {
            return Failure.failed("the brokers at " + brokers + " do not let us in: " + failure.getMessage(), failure);
        }
        return failure instanceof RuntimeException plain ? plain : Failure.failed(Failure.reason(failure), failure);
    }

    /**
     * The partitions of a topic, in order.
     *
     * @throws Failure if there is no such topic
     */
    List<TopicPartition> partitions(String topic) {
        try {
            TopicDescription description = answer(Objects.requireNonNull(
                    admin.describeTopics(List.of(topic)).topicNameValues().get(topic)));
            return description.partitions().stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
        } catch (UnknownTopicOrPartitionException e) {
            throw Failure.failed("there is no topic " + topic + " at " + brokers, e);
        }
    }

    /** One offset of each partition. */
    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        offsetsOrNull(partitions, which).forEach((partition, offset) -> {
            if (offset == null) {
                throw Failure.failed("partition " + partition + " has no leader now", null);
            }
            offsets.put(partition, offset);
        });
        return offsets;
    }

    /** One offset of each partition, null where the brokers do not know it now. */
    Map<TopicPartition, @Nullable Long> offsetsOrNull(Collection<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked = new LinkedHashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        ListOffsetsResult result = admin.listOffsets(asked);
        Map<TopicPartition, @Nullable Long> offsets = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            Long offset;
            try {
                offset = answer(result.partitionResult(partition)).offset();
            } catch (KafkaException e) {
                offset = null;
            } catch (Failure e) {
                if (e.exitCode() != Failure.UNREACHABLE) {
                    throw e;
                }
                offset = null; // other answers came: this partition has no leader
            }
            offsets.put(partition, offset);
        }
        return offsets;
    }

    /**
     * A consumer for raw records.
     *
     * @param group the group to join, null for none
     */
    KafkaConsumer<byte[], byte[]> consumer(@Nullable String group) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // The close waits for the fetch that is on its way, and at the end of a topic nothing answers it earlier.
        all.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        if (group != null) {
            all.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        }
        try {
            return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            throw notMade(e);
        }
    }

    /** A pusher to a topic that is there. */
    Pusher pusher(String topic) {
        return Pusher.builder(access.connection(), topic)
                .maxBlock(timeout)
                .deliveryTimeout(timeout.multipliedBy(3))
                .properties(access.security())
                .build();
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
