package dev.kq;

/**
 * Says how many records a worker should take at once: as many as are done in a few tens of microseconds. Fast handlers
 * share one hand-over among many records, slow ones get a single record and leave the others to the other workers.
 *
 * <p>Confined to its worker's thread.
 */
final class RunLength {
    static final int MAX = 256;

    private static final long TARGET_NANOS = 50_000;
    private static final long FAST_NANOS = 2_000;

    private final int longest;
    private int length = 1;
    private long nanosPerRecord = TARGET_NANOS;

    RunLength() {
        this(MAX);
    }

    RunLength(int longest) {
        this.longest = longest;
    }

    int next() {
        return length;
    }

    /** Whether records have lately taken no time to speak of. */
    boolean ofFastRecords() {
        return nanosPerRecord < FAST_NANOS;
    }

    /** Learns how long a run took. */
    void observe(int records, long nanos) {
        if (records == 0) {
            return;
        }
        long sample = nanos / records;
        nanosPerRecord = sample > nanosPerRecord ? sample : (3 * nanosPerRecord + sample) / 4;
        long fits = Math.max(1, TARGET_NANOS / Math.max(1, nanosPerRecord));
        length = (int) Math.min(longest, Math.min(fits, 2L * length));
    }
}
