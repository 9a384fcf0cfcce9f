package dev.kq;

/**
 * Says how many records a worker should take at once: as many as are done in a few tens of microseconds. Fast handlers
 * share one hand-over among many records, slow ones get a single record and leave the others to the other workers.
 *
 * <p>Confined to its worker's thread.
 */
final class RunLength {
    static final int MAX = 256;
    /** From this length on a handler takes so little time that a second worker for a partition gains nothing. */
    static final int LONG = 64;

    private static final long TARGET_NANOS = 50_000;
    private static final long FAST_NANOS = 2_000;
    private static final long VERY_FAST_NANOS = 500;

    private final int longest;
    private int length = 1;
    private long lastSample = Long.MAX_VALUE;
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

    /** How many records may share a reading of the clock, which takes time itself. */
    int recordsPerLap() {
        return nanosPerRecord < VERY_FAST_NANOS ? 64 : nanosPerRecord < FAST_NANOS ? 16 : 1;
    }

    /** Takes over what somebody else has found out lately: so many records are done at once. */
    void learn(int records) {
        if (records > length) {
            length = Math.min(longest, records);
            nanosPerRecord = Math.min(nanosPerRecord, TARGET_NANOS / records);
        }
    }

    /** Learns how long a run took of which all records were handled. */
    void observe(int records, long nanos) {
        observe(records, nanos, false);
    }

    /**
     * Learns how long a run took.
     *
     * @param cut whether the rest of it was taken back, because it lasted or because a record failed
     */
    void observe(int records, long nanos, boolean cut) {
        if (records == 0) {
            return;
        }
        long sample = nanos / records;
        long lower = Math.min(sample, lastSample);
        lastSample = sample;
        if (records > 1 && !cut) {
            sample = lower; // one pause of the thread in a long run says nothing about its records; two do
        }
        nanosPerRecord = sample > nanosPerRecord ? sample : (3 * nanosPerRecord + sample) / 4;
        long fits = Math.max(1, TARGET_NANOS / Math.max(1, nanosPerRecord));
        length = (int) Math.min(longest, Math.min(fits, 2L * length));
    }
}
