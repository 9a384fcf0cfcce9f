package dev.kq;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when and what to commit: the watermarks of the partitions owned, one commit in flight at a time. A watermark
 * counts as committed when the broker acknowledged it; until then it is tried again, also when nothing else happens.
 *
 * <p>Confined to the fetcher's thread; commit callbacks run there too, inside {@code poll}.
 */
final class OffsetCommitter {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private static final long RETRY_NANOS = Duration.ofMillis(500).toNanos();

    private final Consumer<?, ?> consumer;
    private final long intervalNanos;
    private final Access access;
    private final LongSupplier nanoTime;
    private final QueueCounters counters;
    private boolean inFlight;
    private boolean refusedByRebalance;
    private long due;
    private int failuresInARow;

    /** Is told when the broker does not let this group commit, and when it does again. */
    interface Access {
        void commitRefused(KafkaException failure);

        void commitAccepted();
    }

    OffsetCommitter(
            Consumer<?, ?> consumer, Duration interval, QueueCounters counters, LongSupplier nanoTime, Access access) {
        this.counters = counters;
        this.consumer = consumer;
        this.access = access;
        this.intervalNanos = interval.toNanos();
        this.nanoTime = nanoTime;
        this.due = nanoTime.getAsLong() + intervalNanos;
    }

    /** Begins a commit if it is time for one, none is in flight and there is progress. */
    void tick(long now, Collection<OwnedPartition> owned) {
        if (inFlight || now - due < 0) {
            return;
        }
        Map<TopicPartition, OwnedPartition> partitions = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = dirtyOnes(owned, partitions);
        due = now + intervalNanos;
        if (offsets.isEmpty()) {
            access.commitAccepted(); // what was refused has gone with its partitions
            return;
        }
        inFlight = true;
        try {
            consumer.commitAsync(offsets, (committed, failure) -> {
                inFlight = false;
                if (failure == null) {
                    acknowledged(committed, partitions);
                } else {
                    failed(failure);
                }
            });
        } catch (KafkaException e) {
            inFlight = false;
            failed(e);
        }
    }

    /** Nanoseconds until the next commit may be due. */
    long untilDue(long now) {
        return Math.max(0, due - now);
    }

    /**
     * Commits and waits for the acknowledgement.
     *
     * @return whether everything that was dirty is committed now
     */
    boolean commitNow(Collection<OwnedPartition> owned, Duration timeout) {
        Map<TopicPartition, OwnedPartition> partitions = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = dirtyOnes(owned, partitions);
        if (offsets.isEmpty()) {
            return true;
        }
        try {
            commitSync(offsets, timeout);
            acknowledged(offsets, partitions);
            return true;
        } catch (KafkaException e) {
            failed(e);
            return false;
        }
    }

    /** Whether the last commit was refused because the group rebalances; polls end that, and then it is taken. */
    boolean refusedByRebalance() {
        return refusedByRebalance;
    }

    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        try {
            consumer.commitSync(offsets, timeout);
        } catch (WakeupException e) { // a nudge that came after poll had returned
            consumer.commitSync(offsets, timeout);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> dirtyOnes(
            Collection<OwnedPartition> owned, Map<TopicPartition, OwnedPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (OwnedPartition partition : owned) {
            long watermark = partition.watermark();
            if (watermark > partition.committed()) {
                offsets.put(partition.topicPartition(), new OffsetAndMetadata(watermark));
                partitions.put(partition.topicPartition(), partition);
            }
        }
        return offsets;
    }

    private void acknowledged(
            Map<TopicPartition, OffsetAndMetadata> offsets, Map<TopicPartition, OwnedPartition> partitions) {
        offsets.forEach((tp, offset) -> {
            OwnedPartition partition = partitions.get(tp);
            if (partition != null) {
                partition.committed(offset.offset());
            }
        });
        counters.commits.increment();
        if (failuresInARow > 0) {
            log.info("commits succeed again after {} failures", failuresInARow);
            failuresInARow = 0;
        }
        refusedByRebalance = false;
        access.commitAccepted();
    }

    private void failed(Exception failure) {
        counters.commitFailures.increment();
        due = nanoTime.getAsLong() + Math.min(intervalNanos, RETRY_NANOS);
        refusedByRebalance = failure instanceof RebalanceInProgressException;
        if (failure instanceof AuthorizationException || failure instanceof AuthenticationException) {
            access.commitRefused((KafkaException) failure);
        } else if (!refusedByRebalance && failuresInARow++ == 0) {
            log.warn("commit failed and will be tried again: {}", failure.toString());
        } else {
            log.debug("commit failed and will be tried again: {}", failure.toString());
        }
    }
}
