package dev.kq;

import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Finds the one {@link PartitionQueue} of each partition that this queue owns, or of which a handler still runs a
 * record: a partition that comes back, to whichever fetcher, finds what is left of its earlier assignment. Thread-safe.
 */
final class Partitions {
    private final ConcurrentHashMap<TopicPartition, PartitionQueue> queues = new ConcurrentHashMap<>();
    private final Ordering ordering;
    private final FlowControl flow;
    private final PartitionQueue.Offers offers;
    private final @Nullable BatchGate batches;
    private final @Nullable QueueMetrics metrics;
    private final int longRun;

    Partitions(
            Ordering ordering,
            FlowControl flow,
            PartitionQueue.Offers offers,
            @Nullable BatchGate batches,
            @Nullable QueueMetrics metrics) {
        this(ordering, flow, offers, batches, metrics, RunLength.LONG);
    }

    /** With another length from which on a run has its partition to itself. */
    Partitions(
            Ordering ordering,
            FlowControl flow,
            PartitionQueue.Offers offers,
            @Nullable BatchGate batches,
            @Nullable QueueMetrics metrics,
            int longRun) {
        this.longRun = longRun;
        this.metrics = metrics;
        this.batches = batches;
        this.ordering = ordering;
        this.flow = flow;
        this.offers = offers;
    }

    /** Begins an assignment. */
    OwnedPartition open(TopicPartition topicPartition, Runnable nudge) {
        OwnedPartition[] owned = new OwnedPartition[1];
        queues.compute(topicPartition, (tp, queue) -> {
            PartitionQueue q = queue == null ? new PartitionQueue(tp, ordering, flow, offers, batches, longRun) : queue;
            owned[0] = new OwnedPartition(q, nudge);
            return q;
        });
        // By key, since values().removeIf looks first and removes later, and another fetcher may open it in between.
        queues.keySet().forEach(this::forgetIfAbandoned);
        if (metrics != null) {
            metrics.opened(owned[0]);
        }
        return owned[0];
    }

    /** Ends an assignment. */
    void end(OwnedPartition owned) {
        owned.end();
        if (metrics != null) {
            metrics.ended(owned);
        }
        forgetIfAbandoned(owned.topicPartition());
    }

    private void forgetIfAbandoned(TopicPartition topicPartition) {
        queues.computeIfPresent(topicPartition, (tp, queue) -> queue.abandoned() ? null : queue);
    }

    /** Records that handlers have at the moment, over all partitions. */
    long running() {
        return queues.values().stream().mapToLong(PartitionQueue::running).sum();
    }

    /** Records held at the moment, over all partitions. */
    long held() {
        return queues.values().stream().mapToLong(PartitionQueue::held).sum();
    }
}
