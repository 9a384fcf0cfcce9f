package dev.kq;

import java.util.Arrays;

/**
 * Knows which records of one assignment of one partition are finished, and from that the watermark: the offset that may
 * be committed because everything below it is done.
 *
 * <p>A plain data structure; its {@link PartitionQueue} guards it. Records get dense sequence numbers in the order they
 * were polled. Offsets that were never delivered (compacted away, aborted, transaction markers) have no sequence, so
 * they are finished by definition.
 */
final class OffsetTracker {
    /** How many records, finished or not, may stand between the watermark and the newest record. */
    static final int MAX_WINDOW = 1 << 20;

    private static final int INITIAL_CAPACITY = 1024;

    /** The offset of each sequence in [head, tail), at {@code sequence & mask}. */
    private long[] offsets = new long[INITIAL_CAPACITY];
    /** One bit for each sequence: finished. */
    private long[] finished = new long[INITIAL_CAPACITY >>> 6];

    private int mask = INITIAL_CAPACITY - 1;
    private long head;
    private long tail;
    private long position;

    /** Starts with nothing in flight. */
    OffsetTracker(long position) {
        this.position = position;
    }

    /** What {@link #add} will return. */
    long nextSequence() {
        return tail;
    }

    /** Takes over a polled record and returns its sequence number. */
    long add(long offset) {
        if (tail - head == offsets.length) {
            grow();
        }
        int slot = (int) tail & mask;
        offsets[slot] = offset;
        finished[slot >>> 6] &= ~(1L << slot);
        position = offset + 1;
        return tail++;
    }

    /** Moves the position over offsets that will never be delivered. */
    void advanceTo(long nextOffset) {
        position = Math.max(position, nextOffset);
    }

    /** Marks a record as finished, whatever its outcome was. */
    void finish(long sequence) {
        int slot = (int) sequence & mask;
        long bit = 1L << slot;
        if (sequence < head || sequence >= tail || (finished[slot >>> 6] & bit) != 0) {
            throw new IllegalStateException(
                    "BUG: sequence " + sequence + " finished twice or never added, window " + head + ".." + tail);
        }
        finished[slot >>> 6] |= bit;
    }

    /** Marks as many records as given as finished, from one on. */
    void finish(long first, int count) {
        for (long s = first; s < first + count; ) {
            int bit = (int) s & 63;
            int here = (int) Math.min(64 - bit, first + count - s);
            long bits = -1L >>> (64 - here) << bit;
            int word = ((int) s & mask) >>> 6;
            if (s < head || s + here > tail || (finished[word] & bits) != 0) {
                throw new IllegalStateException("BUG: some of the sequences " + s + " to " + (s + here - 1)
                        + " finished twice or never added, window " + head + ".." + tail);
            }
            finished[word] |= bits;
            s += here;
        }
    }

    /** The first offset that is not finished; the position if there is none. */
    long watermark() {
        while (head < tail) {
            int slot = (int) head & mask;
            int run = Long.numberOfTrailingZeros(~(finished[slot >>> 6] >>> slot));
            if (run == 0) {
                return offsets[slot];
            }
            head += Math.min(run, tail - head); // the run ends with its word at the latest: zeros were shifted in
        }
        return position;
    }

    /** The offset after the newest record or gap that was polled. */
    long position() {
        return position;
    }

    /** How many sequences are kept: unfinished ones and the finished ones behind them. */
    int window() {
        return (int) (tail - head);
    }

    private void grow() {
        int capacity = offsets.length * 2;
        long[] wider = new long[capacity];
        long[] bits = new long[capacity >>> 6];
        for (long s = head; s < tail; s++) {
            int from = (int) s & mask;
            int to = (int) s & (capacity - 1);
            wider[to] = offsets[from];
            if ((finished[from >>> 6] & (1L << from)) != 0) {
                bits[to >>> 6] |= 1L << to;
            }
        }
        offsets = wider;
        finished = bits;
        mask = capacity - 1;
    }

    @Override
    public String toString() {
        return "OffsetTracker[" + head + ".." + tail + ", position " + position + ", "
                + Arrays.stream(finished).map(Long::bitCount).sum() + " bits]";
    }
}
