package dev.kq;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The records of one partition that one poll brought, each until it is done.
 *
 * <p>They are found by their place here, through numbers, and not by references in tables that live long: to store a
 * young record into an old table costs the garbage collector's barrier, which waits for the memory of the other cores.
 *
 * <p>Guarded by the lock of the partition; a worker also reads the records that it has claimed.
 */
final class Polled {
    private final @Nullable ConsumerRecord<byte[], byte[]>[] records;
    private final long firstSequence;
    private final long nanos;
    private int held;

    /** The first one that no run and no lane has. Written by the {@link Backlog}. */
    int next;
    /** Its place among the polls that {@link Lanes} knows. Written by those. */
    int place = Lanes.NONE;

    /**
     * @param firstSequence of the first record; the others follow without gaps
     * @param nanos when they were polled
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made in another way
    Polled(List<ConsumerRecord<byte[], byte[]>> records, long firstSequence, long nanos) {
        this.records = records.toArray(new ConsumerRecord[0]);
        this.firstSequence = firstSequence;
        this.nanos = nanos;
        this.held = this.records.length;
    }

    ConsumerRecord<byte[], byte[]> record(int index) {
        ConsumerRecord<byte[], byte[]> record = records[index];
        if (record == null) {
            throw new IllegalStateException("BUG: no record at " + index);
        }
        return record;
    }

    int size() {
        return records.length;
    }

    long sequence(int index) {
        return firstSequence + index;
    }

    long nanos() {
        return nanos;
    }

    /** Lets a record go; returns whether it was the last one. */
    boolean release(int index) {
        records[index] = null;
        return --held == 0;
    }
}
