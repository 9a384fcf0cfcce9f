package dev.kq.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads a topic as a member of a group, and commits what was visited when it is written out. Owned by the main thread.
 */
final class GroupReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** A group waits so long for a member that has gone. */
    private static final Duration LONGEST_JOIN = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final Shell shell;
    private final String group;
    private final boolean follow;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** Where each partition that we were given ended at that time. */
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** Visited and not committed. */
    private final Map<TopicPartition, OffsetAndMetadata> visited = new HashMap<>();

    private final List<TopicPartition> fresh = new ArrayList<>();
    /** The group has taken us in, maybe without partitions. */
    private boolean answered;

    /** It has given us partitions. */
    private boolean joined;

    GroupReader(Cluster cluster, Shell shell, String topic, String group, boolean follow) {
        cluster.partitions(topic); // says at once if there is none
        this.cluster = cluster;
        this.shell = shell;
        this.group = group;
        this.follow = follow;
        this.consumer = cluster.consumer(group);
        consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                answered = true;
                joined |= !partitions.isEmpty(); // cooperative members get theirs in a second round
                fresh.addAll(partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                commit();
                forget(partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                visited.keySet().removeAll(partitions);
                forget(partitions);
            }
        });
    }

    private void forget(Collection<TopicPartition> partitions) {
        ends.keySet().removeAll(partitions);
        fresh.removeAll(partitions);
    }

    /**
     * Reads until the visitor has enough, the ends of the partitions that the group gives us are reached, or a stop is
     * requested.
     *
     * @throws Failure if the brokers stop answering or refuse a commit
     */
    void read(TopicReader.Visitor visitor) {
        long heard = System.nanoTime();
        boolean more = true;
        while (more && !shell.stop().requested()) {
            ConsumerRecords<byte[], byte[]> records = poll();
            if (!fresh.isEmpty()) {
                ends.putAll(cluster.offsets(fresh, OffsetSpec.latest()));
                fresh.clear();
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                more = visitor.visit(record);
                visited.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(record.offset() + 1));
                if (!more) {
                    break;
                }
            }
            if (shell.out().checkError()) {
                return; // nobody reads it
            }
            commit();
            if (!follow && joined && consumer.assignment().stream().allMatch(this::finished)) {
                return;
            }
            long now = System.nanoTime();
            heard = records.isEmpty() ? heard : now;
            Duration patience = answered ? cluster.timeout() : LONGEST_JOIN;
            if (!follow && now - heard > patience.toNanos()) {
                throw answered && !joined
                        ? Failure.failed(
                                "the group " + group + " gives this member no partition: it has members enough", null)
                        : cluster.noAnswer(null);
            }
        }
    }

    private boolean finished(TopicPartition partition) {
        Long end = ends.get(partition);
        return end != null && consumer.position(partition, cluster.timeout()) >= end;
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(POLL);
        } catch (KafkaException e) {
            throw cluster.told(e);
        }
    }

    private void commit() {
        if (visited.isEmpty() || shell.out().checkError()) {
            return;
        }
        try {
            consumer.commitSync(Map.copyOf(visited));
        } catch (KafkaException e) {
            throw Failure.failed(
                    "group " + group + " does not take the commit; its members may read the last messages again: "
                            + Failure.reason(e),
                    e);
        }
        visited.clear();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
