package dev.kq;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says when a partition holds so much that no more may be fetched for it, and when it holds so little that fetching may
 * go on. One for each queue; thread-safe.
 *
 * <p>The byte limit is for the whole queue and is shared out evenly among the partitions assigned at the moment, so
 * that one blocked partition cannot use up what the others need.
 */
final class FlowControl {
    /** Bytes charged for each record beside its key and value: the objects that hold it. */
    static final int RECORD_OVERHEAD = 128;

    private final int records;
    private final long bytes;
    private final AtomicInteger partitions = new AtomicInteger();

    FlowControl(int records, long bytes) {
        this.records = records;
        this.bytes = bytes;
    }

    void partitionOpened() {
        partitions.incrementAndGet();
    }

    void partitionClosed() {
        partitions.decrementAndGet();
    }

    /** Stop fetching. */
    boolean full(int heldRecords, long heldBytes, int window) {
        return heldRecords >= records || heldBytes >= bytesEach() || window >= OffsetTracker.MAX_WINDOW;
    }

    /** Fetch again: well below the limits, so that it is not stopped again at once. */
    boolean drained(int heldRecords, long heldBytes, int window) {
        return heldRecords <= records / 2 && heldBytes <= bytesEach() / 2 && window <= OffsetTracker.MAX_WINDOW / 2;
    }

    /** The bytes of a record: its key, its value, and an allowance for its own objects. */
    static long bytesOf(ConsumerRecord<byte[], byte[]> record) {
        return (long) RECORD_OVERHEAD
                + Math.max(0, record.serializedKeySize())
                + Math.max(0, record.serializedValueSize());
    }

    private long bytesEach() {
        return bytes / Math.max(1, partitions.get());
    }
}
