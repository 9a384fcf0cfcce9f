package dev.kq;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * Counts how long something took, in buckets that are an eighth of a power of two wide, from a quarter of a microsecond
 * to an hour: 36 KiB however much is counted, and a quantile is wrong by 12 % at most. Thread-safe; each worker has a
 * stripe, so that counting rarely meets another worker.
 */
final class TimeHistogram {
    private static final int STRIPES = 16;
    /** The first power of two, 256 ns; what is shorter counts as that. */
    private static final int SMALLEST = 8;

    private static final int EIGHTHS = 3;
    private static final int LARGEST = 42;
    private static final int BUCKETS = (LARGEST - SMALLEST) << EIGHTHS;

    private final AtomicLongArray[] stripes = new AtomicLongArray[STRIPES];
    /** In nanoseconds. No long: records that are days old, a million of them, would not fit. */
    private final DoubleAdder sum = new DoubleAdder();

    TimeHistogram() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new AtomicLongArray(BUCKETS);
        }
    }

    /** Counts that it took so long, so many times. */
    void record(int stripe, long nanos, long times) {
        AtomicLongArray counts = stripes[stripe & (STRIPES - 1)];
        counts.getAndAdd(bucket(nanos), times);
        sum.add((double) Math.max(0, nanos) * times);
    }

    Snapshot snapshot() {
        long[] counts = new long[BUCKETS];
        for (AtomicLongArray stripe : stripes) {
            for (int i = 0; i < BUCKETS; i++) {
                counts[i] += stripe.get(i);
            }
        }
        return new Snapshot(counts, sum.sum());
    }

    /** The bucket of a time: its highest three bits below the first say which eighth. */
    private static int bucket(long nanos) {
        long value = Math.max(nanos, 1L << SMALLEST);
        int power = 63 - Long.numberOfLeadingZeros(value);
        if (power >= LARGEST) {
            return BUCKETS - 1;
        }
        int eighth = (int) (value >>> (power - EIGHTHS)) & 7;
        return ((power - SMALLEST) << EIGHTHS) + eighth;
    }

    /** The longest time of a bucket, in nanoseconds. */
    private static long upTo(int bucket) {
        int power = (bucket >>> EIGHTHS) + SMALLEST;
        return ((9L + (bucket & 7)) << (power - EIGHTHS)) - 1;
    }

    /** What was counted up to a moment. Immutable. */
    static final class Snapshot {
        private final long[] counts;
        private final double sumNanos;
        private final long count;

        private Snapshot(long[] counts, double sumNanos) {
            this.counts = counts;
            this.sumNanos = sumNanos;
            long all = 0;
            for (long one : counts) {
                all += one;
            }
            this.count = all;
        }

        /** What was counted since an earlier snapshot of the same histogram. */
        Snapshot since(Snapshot earlier) {
            long[] more = new long[BUCKETS];
            for (int i = 0; i < BUCKETS; i++) {
                more[i] = counts[i] - earlier.counts[i];
            }
            return new Snapshot(more, sumNanos - earlier.sumNanos);
        }

        long count() {
            return count;
        }

        double sumNanos() {
            return sumNanos;
        }

        /** The time that this share of all did not exceed, in nanoseconds; 0 if nothing was counted. */
        long quantile(double share) {
            long rank = Math.max(1, (long) Math.ceil(share * count));
            long seen = 0;
            for (int i = 0; i < BUCKETS && count > 0; i++) {
                seen += counts[i];
                if (seen >= rank) {
                    return upTo(i);
                }
            }
            return 0;
        }

        /** How many took at most so long, to the precision of the buckets. */
        long countUpTo(long nanos) {
            long below = 0;
            for (int i = 0; i < BUCKETS && upTo(i) <= nanos; i++) {
                below += counts[i];
            }
            return below;
        }
    }
}
