package dev.kq;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says when a partition holds so much that no more may be fetched for it, and when it holds so little that fetching may
 * go on. One for each queue; thread-safe.
 *
 * <p>Nor is more fetched for a partition as long as workers find some of it, and enough in all partitions together:
 * with many partitions, records that each may hold would leave the processor's caches long before they are handled.
 *
 * <p>The byte limit is for the whole queue and is shared out evenly among the partitions assigned at the moment, so
 * that one blocked partition cannot use up what the others need.
 */
final class FlowControl {
    /** Bytes charged for each record beside its key and value: the objects that hold it. */
    static final int RECORD_OVERHEAD = 128;

    /** As many ready records keep workers busy while a broker is asked for more. */
    private static final int ENOUGH = 8_000;

    private final int records;
    private final long bytes;
    private final int enough;
    private final AtomicInteger partitions = new AtomicInteger();
    private final AtomicInteger ready = new AtomicInteger();

    /** Without a limit for ready records. */
    FlowControl(int records, long bytes) {
        this(records, bytes, Integer.MAX_VALUE);
    }

    /**
     * Limits what is held and what waits.
     *
     * @param records of each partition
     * @param bytes of all partitions
     * @param enough ready records of all partitions
     */
    FlowControl(int records, long bytes, int enough) {
        this.records = records;
        this.bytes = bytes;
        this.enough = enough;
    }

    static FlowControl of(KqConf conf) {
        int enough = (int) Math.max(ENOUGH, 4L * conf.processors());
        return new FlowControl(conf.queueCapacity(), conf.queueBytes(), enough);
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

    /** So many more records of a partition are ready than before. */
    void readyChanged(int by) {
        if (by != 0) {
            ready.addAndGet(by);
        }
    }

    /** Ready records of all partitions. */
    int ready() {
        return ready.get();
    }

    /** Stop fetching a partition of which so many are ready: workers have enough to do. */
    boolean plenty(int readyHere) {
        return readyHere > 0 && ready.get() >= enough;
    }

    /** Fetch again. True at the latest when nothing of the partition is ready, so that none starves another. */
    boolean wanted(int readyHere) {
        return readyHere == 0 || ready.get() <= enough / 2;
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
