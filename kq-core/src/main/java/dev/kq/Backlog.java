package dev.kq;

import java.util.ArrayDeque;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records of a partition in the order in which they were polled, while no lanes are needed to keep it: one worker at a
 * time sweeps them, from the front. Handlers that take no time are not worth more than one worker for a partition, and
 * what lies side by side in memory is read much faster in that order than in the order of lanes.
 *
 * <p>A plain data structure; its {@link PartitionQueue} guards it. It counts what a sweep has taken until that is done.
 */
final class Backlog {
    private final Lanes lanes;
    private final ArrayDeque<Polled> polls = new ArrayDeque<>();
    private int waiting;
    private int size;
    private long bytes;

    /** @param lanes where records go that cannot be swept */
    Backlog(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Takes over all records of a poll. */
    void add(Polled polled) {
        polls.addLast(polled);
        waiting += polled.size();
        size += polled.size();
        for (int i = 0; i < polled.size(); i++) {
            bytes += FlowControl.bytesOf(polled.record(i));
        }
    }

    /** Records that nobody has taken. */
    int waiting() {
        return waiting;
    }

    /** Records that wait or are being swept. */
    int size() {
        return size;
    }

    /** Bytes of the records that wait or are being swept. */
    long bytes() {
        return bytes;
    }

    /** Fills a run that has begun with what has waited for longest. */
    void sweep(Run run, int max) {
        while (run.size() < max && waiting > 0) {
            Polled polled = polls.getFirst();
            run.put(0, true, polled, takeFrom(polled), 1);
        }
    }

    /** When the record was polled that is in front. */
    long firstPolledNanos() {
        return polls.getFirst().nanos();
    }

    /** A record that was swept waits in front again. Called for the last one first. */
    void giveBack(Polled polled, int index) {
        if (polls.peekFirst() != polled) {
            polls.addFirst(polled);
        }
        polled.next = index;
        waiting++;
    }

    /** Records that were swept, side by side in one poll, are done. */
    void done(Polled polled, int from, int count) {
        for (int i = from; i < from + count; i++) {
            forget(polled.record(i));
            lanes.release(polled, i);
        }
    }

    /** A record that was swept goes to the lanes, where no other is, and runs on there. Returns its slot. */
    int keepRunning(Polled polled, int index) {
        toLanes(polled, index);
        return lanes.takeReady();
    }

    /** Everything that waits goes to the lanes. */
    void sort() {
        while (waiting > 0) {
            Polled polled = polls.getFirst();
            toLanes(polled, takeFrom(polled));
        }
    }

    /** Forgets everything that waits. Returns how many records. */
    int drop() {
        int dropped = waiting;
        while (waiting > 0) {
            Polled polled = polls.getFirst();
            done(polled, takeFrom(polled), 1);
        }
        return dropped;
    }

    private int takeFrom(Polled polled) {
        int index = polled.next++;
        waiting--;
        if (polled.next == polled.size()) {
            polls.removeFirst();
        }
        return index;
    }

    private void toLanes(Polled polled, int index) {
        ConsumerRecord<byte[], byte[]> record = polled.record(index);
        forget(record);
        lanes.begin(polled);
        lanes.add(index, record, KeyHash.of(record.key()));
    }

    private void forget(ConsumerRecord<byte[], byte[]> record) {
        size--;
        bytes -= FlowControl.bytesOf(record);
    }
}
