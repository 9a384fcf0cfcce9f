package dev.kq.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads partitions without a group, from given offsets to the ends that the topic had when it was made, or on and on.
 * Holds one fetch at a time. Owned by the main thread.
 */
final class TopicReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Cluster cluster;
    private final Stop stop;
    private final Map<TopicPartition, Long> begins;
    private final Map<TopicPartition, Long> ends;
    private final boolean follow;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** Offsets that were passed so far. */
    private long passed;

    /** Takes records. */
    @FunctionalInterface
    interface Visitor {
        /** Returns whether to go on. */
        boolean visit(ConsumerRecord<byte[], byte[]> record);
    }

    private TopicReader(
            Cluster cluster,
            Stop stop,
            Map<TopicPartition, Long> begins,
            Map<TopicPartition, Long> ends,
            boolean follow) {
        this.cluster = cluster;
        this.stop = stop;
        this.begins = begins;
        this.ends = ends;
        this.follow = follow;
        this.consumer = cluster.consumer(null);
    }

    /** Reads all that is in the topic now. */
    static TopicReader ofAll(Cluster cluster, Stop stop, String topic) {
        return from(cluster, stop, topic, StartAt.FIRST, false);
    }

    /** Reads from there on; with {@code follow} also what comes later. */
    static TopicReader from(Cluster cluster, Stop stop, String topic, StartAt start, boolean follow) {
        List<TopicPartition> partitions = cluster.partitions(topic);
        Map<TopicPartition, Long> first = cluster.offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = cluster.offsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> begins = switch (start.kind()) {
            case FIRST -> first;
            case LAST -> ends;
            case OFFSET -> atOffset(first, ends, start.offset());
            case TIME -> atTime(cluster, ends, Objects.requireNonNull(start.time()));
        };
        return new TopicReader(cluster, stop, begins, ends, follow);
    }

    /** Reads one partition from an offset to before another. */
    static TopicReader of(Cluster cluster, Stop stop, TopicPartition partition, long begin, long end) {
        return new TopicReader(cluster, stop, Map.of(partition, begin), Map.of(partition, end), false);
    }

    private static Map<TopicPartition, Long> atOffset(
            Map<TopicPartition, Long> first, Map<TopicPartition, Long> ends, long offset) {
        Map<TopicPartition, Long> begins = new HashMap<>();
        ends.forEach((partition, end) ->
                begins.put(partition, Math.min(end, Math.max(first.getOrDefault(partition, 0L), offset))));
        return begins;
    }

    /** The first record of that time or later; the end where there is none. */
    private static Map<TopicPartition, Long> atTime(Cluster cluster, Map<TopicPartition, Long> ends, Instant time) {
        Map<TopicPartition, Long> begins = new HashMap<>();
        cluster.offsets(ends.keySet(), OffsetSpec.forTimestamp(time.toEpochMilli()))
                .forEach((partition, found) ->
                        begins.put(partition, found < 0 ? ends.getOrDefault(partition, 0L) : found));
        return begins;
    }

    /** How many offsets there are to pass to the ends. */
    long all() {
        long all = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            all += Math.max(0, end.getValue() - begins.getOrDefault(end.getKey(), 0L));
        }
        return all;
    }

    long passed() {
        return passed;
    }

    /**
     * Reads until the visitor has enough, the ends are reached or a stop is requested.
     *
     * @param afterEach is called when the records of a fetch have been visited, and while there are none; returns
     *     whether to go on
     * @return whether it came to its end, and was not stopped
     * @throws Failure if the brokers stop answering
     */
    boolean read(Visitor visitor, BooleanSupplier afterEach) {
        Set<TopicPartition> left = new HashSet<>(ends.keySet());
        if (!follow) {
            left.removeIf(partition -> begins.getOrDefault(partition, 0L) >= ends.getOrDefault(partition, 0L));
        }
        consumer.assign(left);
        left.forEach(partition -> consumer.seek(partition, begins.getOrDefault(partition, 0L)));
        long heard = System.nanoTime();
        while (!left.isEmpty()) {
            if (stop.requested()) {
                return false;
            }
            ConsumerRecords<byte[], byte[]> records = poll();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (!follow && record.offset() >= ends.getOrDefault(partition(record), 0L)) {
                    continue;
                }
                passed++;
                if (!visitor.visit(record)) {
                    return true;
                }
            }
            if (!afterEach.getAsBoolean()) {
                return true;
            }
            // By position and not by record: the last offsets may be markers of transactions, or compacted away.
            if (!follow && left.removeIf(this::finished)) {
                consumer.assign(left);
            }
            long now = System.nanoTime();
            heard = records.isEmpty() ? heard : now;
            if (!follow && !left.isEmpty() && now - heard > cluster.timeout().toNanos()) {
                throw cluster.noAnswer(null);
            }
        }
        return true;
    }

    private static TopicPartition partition(ConsumerRecord<?, ?> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private boolean finished(TopicPartition partition) {
        return consumer.position(partition, cluster.timeout()) >= ends.getOrDefault(partition, 0L);
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(POLL);
        } catch (KafkaException e) {
            throw cluster.told(e);
        }
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
