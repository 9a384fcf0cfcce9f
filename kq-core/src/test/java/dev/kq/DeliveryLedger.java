package dev.kq;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Watches everything that happens to the records of some partitions and notes each breach of what is promised: nothing
 * is committed that is not done, commits do not move back, no two flights of a lane overlap, a lane's records come in
 * order with rewinds only to what was committed. Thread-safe; the log of each partition is given beforehand, offset by
 * offset.
 */
final class DeliveryLedger {
    private static final class PartitionLog {
        final List<String> keys; // null: a null key
        final BitSet done = new BitSet();
        final Map<String, Long> lastBegun = new HashMap<>();
        final Map<String, Integer> flying = new HashMap<>();
        final Set<ConsumerRecord<byte[], byte[]>> inFlight = new HashSet<>();
        /** As objects: what is polled again is another one. */
        final Set<ConsumerRecord<byte[], byte[]>> handled = new HashSet<>();

        long committed;
        long startOfEpoch;

        PartitionLog(List<String> keys) {
            this.keys = keys;
        }
    }

    private final Ordering ordering;
    private final Map<TopicPartition, PartitionLog> partitions = new HashMap<>();
    private final List<String> breaches = new ArrayList<>();
    private long begun;

    DeliveryLedger(Ordering ordering) {
        this.ordering = ordering;
    }

    synchronized void log(TopicPartition tp, List<String> keys) {
        partitions.put(tp, new PartitionLog(keys));
    }

    /** An assignment begins at what is committed. Returns that offset. */
    synchronized long assigned(TopicPartition tp) {
        PartitionLog log = partitions.get(tp);
        log.startOfEpoch = log.committed;
        return log.committed;
    }

    synchronized void begin(ConsumerRecord<byte[], byte[]> record) {
        begun++;
        TopicPartition tp = new TopicPartition(record.topic(), record.partition());
        PartitionLog log = partitions.get(tp);
        log.inFlight.add(record);
        if (log.handled.contains(record)) {
            breaches.add("twice: " + tp + "@" + record.offset());
        }
        String lane = lane(log.keys.get((int) record.offset()));
        if (lane == null) {
            return;
        }
        if (log.flying.merge(lane, 1, Integer::sum) > 1) {
            breaches.add("overlap: two flights of " + lane + " at " + tp + "@" + record.offset());
        }
        Long last = log.lastBegun.put(lane, record.offset());
        if (last != null && record.offset() <= last) {
            if (record.offset() < log.startOfEpoch) {
                breaches.add("order: " + lane + " went back to " + record.offset() + " below " + log.startOfEpoch);
            }
        } else {
            for (int o = last == null ? 0 : last.intValue() + 1; o < record.offset(); o++) {
                if (lane.equals(lane(log.keys.get(o))) && !log.done.get(o)) {
                    breaches.add("order: " + lane + " at " + record.offset() + " before " + o);
                }
            }
        }
    }

    synchronized void end(ConsumerRecord<byte[], byte[]> record, boolean done) {
        PartitionLog log = partitions.get(new TopicPartition(record.topic(), record.partition()));
        log.inFlight.remove(record);
        String lane = lane(log.keys.get((int) record.offset()));
        if (lane != null) {
            log.flying.merge(lane, -1, Integer::sum);
        }
        if (done) {
            log.done.set((int) record.offset());
            log.handled.add(record);
        }
    }

    synchronized void committed(TopicPartition tp, long offset) {
        PartitionLog log = partitions.get(tp);
        int notDone = log.done.nextClearBit(0);
        if (offset > notDone) {
            breaches.add("loss: " + tp + " committed " + offset + " but " + notDone + " is not done");
        }
        if (offset < log.committed) {
            breaches.add("commit of " + tp + " went back from " + log.committed + " to " + offset);
        }
        log.committed = offset;
    }

    /** The partition said that none of these records runs. */
    synchronized void quiet(TopicPartition tp, Collection<ConsumerRecord<byte[], byte[]>> records) {
        if (records.stream().anyMatch(partitions.get(tp).inFlight::contains)) {
            breaches.add("drain: " + tp + " called itself quiet and was not");
        }
    }

    synchronized boolean allCommitted() {
        return partitions.values().stream().allMatch(log -> log.committed == log.keys.size());
    }

    synchronized long committedOf(TopicPartition tp) {
        return partitions.get(tp).committed;
    }

    synchronized List<String> breaches() {
        return List.copyOf(breaches);
    }

    synchronized long begun() {
        return begun;
    }

    private String lane(String key) {
        return switch (ordering) {
            case NONE -> null;
            case PARTITION -> "the partition";
            case KEY -> key;
        };
    }
}
