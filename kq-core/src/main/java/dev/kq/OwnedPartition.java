package dev.kq;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * One partition as the fetcher that it is assigned to sees it: its queue, the present epoch, and what is committed.
 * Confined to the fetcher's thread.
 */
final class OwnedPartition {
    private static final long NOTHING = -1;

    private final PartitionQueue queue;
    private final int epoch;
    /** Written by the fetcher's thread alone, as all else is; for those who look from outside. */
    private volatile long committed = NOTHING;

    private long lastWatermark = NOTHING;
    private long movedNanos = System.nanoTime();
    /** For those who look from outside. */
    private volatile long lag = NOTHING;

    OwnedPartition(PartitionQueue queue, Runnable nudge) {
        this.queue = queue;
        this.epoch = queue.open(nudge);
    }

    TopicPartition topicPartition() {
        return queue.topicPartition();
    }

    /** Takes over polled records, for the workers, and the position behind them. */
    void add(List<ConsumerRecord<byte[], byte[]>> records, long position) {
        add(records, position, null);
    }

    /** Takes over polled records, for whoever is given or else the workers, and the position behind them. */
    void add(List<ConsumerRecord<byte[], byte[]>> records, long position, PartitionQueue.@Nullable Offers to) {
        queue.add(epoch, records, position, System.nanoTime(), to);
    }

    long position() {
        return queue.position(epoch);
    }

    long watermark() {
        return queue.watermark(epoch);
    }

    boolean throttled() {
        return queue.throttle(epoch);
    }

    /** Whether there is progress that the broker did not acknowledge yet. */
    boolean dirty() {
        return watermark() > committed;
    }

    /** Records that are done and cannot be committed yet, because one before them is not. */
    int gap() {
        return queue.gap(epoch);
    }

    /** Records from the first that is not done to the end of the log, as last seen; -1 if not known. Any thread. */
    long lag() {
        return lag;
    }

    /** The fetcher has looked how far behind the partition is. */
    void seen(long lagNow, long nanoTime) {
        lag = lagNow;
        long watermark = watermark();
        if (lagNow <= 0 || watermark != lastWatermark) {
            lastWatermark = watermark;
            movedNanos = nanoTime;
        }
    }

    /** For how long it has had a lag and not come forward, when it was last seen. */
    long stalledNanos(long nanoTime) {
        return nanoTime - movedNanos;
    }

    /** Standing still is what was asked for. */
    void pausedByUser(long nanoTime) {
        movedNanos = nanoTime;
    }

    /** The broker acknowledged this offset. */
    void committed(long offset) {
        committed = Math.max(committed, offset);
    }

    /** What the broker acknowledged in this assignment; negative if nothing. Any thread. */
    long committed() {
        return committed;
    }

    /** How it is at the moment. Any thread. */
    PartitionQueue.Look look() {
        return queue.look(epoch);
    }

    int close() {
        return queue.close(epoch);
    }

    boolean awaitQuiet(long nanos) throws InterruptedException {
        return queue.awaitQuiet(epoch, nanos);
    }

    int running() {
        return queue.runningOf(epoch);
    }

    void end() {
        queue.end(epoch);
    }
}
