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

    /** As many ready records at least keep workers busy while a broker is asked for more. */
    private static final int ENOUGH = 8_000;
    /** Who lets a partition hold more wants to have more ready, too. */
    private static final long ENOUGH_PARTITIONS = 8;

    private static final long ENOUGH_FOR_EACH_HANDLER = 4;
    /** Fewer of one partition are not worth a pause: 31 of 8,000. */
    private static final int LOW_SHARE = 256;

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

    /**
     * With the limits of a configuration. With KIP-848 as many records may be ready as there is room: a partition that
     * is paused while Kafka's client has fetched more of it keeps that client from waiting, at the cost of a core.
     */
    static FlowControl of(KqConf conf) {
        long whenFull = ENOUGH_PARTITIONS * conf.queueCapacity();
        long whenBusy = ENOUGH_FOR_EACH_HANDLER * conf.processors();
        long enough = conf.groupProtocol() == GroupProtocol.CONSUMER
                ? Integer.MAX_VALUE
                : Math.max(ENOUGH, Math.max(whenFull, whenBusy));
        return new FlowControl(conf.queueCapacity(), conf.queueBytes(), (int) enough);
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

    /**
     * Whether nearly nothing of a partition is ready; such a partition is always fetched, so that none starves another.
     */
    boolean isLow(int readyHere) {
        return readyHere < Math.max(1, enough / LOW_SHARE);
    }

    /** Stop fetching a partition of which so many are ready: workers have enough to do. */
    boolean plenty(int readyHere) {
        return !isLow(readyHere) && ready.get() >= enough;
    }

    /** Workers want more of a partition of which so many are ready. */
    boolean wanted(int readyHere) {
        return isLow(readyHere) || ready.get() <= enough / 2;
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
