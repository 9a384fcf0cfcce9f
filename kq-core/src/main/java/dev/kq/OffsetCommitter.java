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
 * Decides when and what to commit: the watermarks of the partitions owned. A watermark counts as committed when the
 * broker acknowledged it; until then it is tried again, also when nothing else happens.
 *
 * <p>Each commit is waited for. One that is left to the client may be sent much later, after a revoke has committed
 * more, and it is sent in the name of the generation of that time: the client keeps it back while it looks for the
 * coordinator. So none is ever under way when a rebalance begins.
 *
 * <p>Confined to the fetcher's thread.
 */
final class OffsetCommitter {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private static final long RETRY_NANOS = Duration.ofMillis(500).toNanos();

    private final Consumer<?, ?> consumer;
    private final long intervalNanos;
    private final Access access;
    private final LongSupplier nanoTime;
    private final QueueCounters counters;
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

    /** Commits if it is time to and there is progress. */
    void tick(Collection<OwnedPartition> owned, Duration timeout) {
        if (untilDueNanos() > 0) {
            return;
        }
        due = nanoTime.getAsLong() + intervalNanos;
        if (commitNow(owned, timeout)) {
            access.commitAccepted(); // or what was refused has gone with its partitions
        }
    }

    /** Until the next commit may be due. */
    long untilDueNanos() {
        return Math.max(0, due - nanoTime.getAsLong());
    }

    /**
     * Commits and waits for the acknowledgement.
     *
     * @return whether everything that was dirty is committed now
     */
    boolean commitNow(Collection<OwnedPartition> owned, Duration timeout) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (OwnedPartition partition : owned) {
            long watermark = partition.watermark();
            if (watermark > partition.committed()) {
                offsets.put(partition.topicPartition(), new OffsetAndMetadata(watermark));
            }
        }
        if (offsets.isEmpty()) {
            return true;
        }
        long began = nanoTime.getAsLong();
        try {
            commitSync(offsets, timeout);
        } catch (KafkaException e) {
            failed(e, began);
            return false;
        }
        acknowledged(offsets, owned);
        return true;
    }

    /** Whether the last commit was refused because the group rebalances; polls end that, and then it is taken. */
    boolean refusedByRebalance() {
        return refusedByRebalance;
    }

    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        long deadline = nanoTime.getAsLong() + timeout.toNanos();
        for (Duration left = timeout; ; left = Duration.ofNanos(deadline - nanoTime.getAsLong())) {
            try {
                consumer.commitSync(offsets, left);
                return;
            } catch (WakeupException e) {
                // A nudge that came after poll had returned, or in a revoke, maybe one for each partition.
                if (deadline - nanoTime.getAsLong() <= 0) {
                    throw e;
                }
            }
        }
    }

    private void acknowledged(Map<TopicPartition, OffsetAndMetadata> offsets, Collection<OwnedPartition> owned) {
        for (OwnedPartition partition : owned) {
            OffsetAndMetadata offset = offsets.get(partition.topicPartition());
            if (offset != null) {
                partition.committed(offset.offset());
            }
        }
        counters.commits.increment();
        if (failuresInARow > 0) {
            log.info("commits succeed again after {} failures", failuresInARow);
            failuresInARow = 0;
        }
        refusedByRebalance = false;
    }

    private void failed(KafkaException failure, long began) {
        counters.commitFailures.increment();
        long now = nanoTime.getAsLong();
        // A coordinator that does not answer takes no more than half of the fetcher's time.
        due = now + Math.max(now - began, Math.min(intervalNanos, RETRY_NANOS));
        refusedByRebalance = failure instanceof RebalanceInProgressException;
        if (failure instanceof AuthorizationException || failure instanceof AuthenticationException) {
            access.commitRefused(failure);
        } else if (!refusedByRebalance && failuresInARow++ == 0) {
            log.warn("commit failed and will be tried again: {}", failure.toString());
        } else {
            log.debug("commit failed and will be tried again: {}", failure.toString());
        }
    }
}
