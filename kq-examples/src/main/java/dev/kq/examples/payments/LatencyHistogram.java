package dev.kq.examples.payments;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations in buckets that get wider with the duration, never by more than a 32nd, so that a percentile of any
 * number of them costs a few kilobytes. Thread-safe.
 */
final class LatencyHistogram {
    private static final int SUB_BITS = 5;
    private static final int SUB = 1 << SUB_BITS;

    private final AtomicLongArray counts = new AtomicLongArray(SUB * (Long.SIZE - SUB_BITS));

    /** Adds a duration; less than 0, from clocks that disagree, counts as 0. */
    void add(long value) {
        counts.incrementAndGet(bucket(Math.max(0, value)));
    }

    /**
     * The duration that the given part of all durations does not exceed, rounded up to the end of its bucket; 0 if
     * there are none.
     *
     * @param part 0.99 for the 99th percentile
     */
    long percentile(double part) {
        long all = 0;
        for (int i = 0; i < counts.length(); i++) {
            all += counts.get(i);
        }
        long wanted = (long) Math.ceil(all * part);
        long seen = 0;
        for (int i = 0; i < counts.length(); i++) {
            seen += counts.get(i);
            if (seen >= wanted && seen > 0) {
                return last(i);
            }
        }
        return 0;
    }

    /** Values below 32 have a bucket each; then each doubling has 32 buckets. */
    static int bucket(long value) {
        int shift = Math.max(0, Long.SIZE - SUB_BITS - 1 - Long.numberOfLeadingZeros(value));
        return shift * SUB + (int) (value >>> shift);
    }

    /** The largest value of a bucket. */
    static long last(int bucket) {
        if (bucket < 2 * SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((bucket - (long) shift * SUB + 1) << shift) - 1;
    }
}
