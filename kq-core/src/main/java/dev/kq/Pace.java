package dev.kq;

/**
 * How fast the handler of a queue has been lately, as those who call it say, for those who think about calling it.
 * Thread-safe.
 */
final class Pace {
    /** Below this length a handler that took no time does so no longer: far below the one that it needs to begin. */
    private static final int SHORT = RunLength.LONG / 3;

    private volatile int runLength = 1;
    private volatile boolean noTime;

    /** So many records are done in a few tens of microseconds, says the {@link RunLength} of somebody. */
    void seen(int records) {
        if (records != runLength) { // written seldom, for all threads read it
            runLength = records;
        }
        boolean now = records >= (noTime ? SHORT : RunLength.LONG);
        if (now != noTime) {
            noTime = now;
        }
    }

    /** How many records are done in a few tens of microseconds; 1 if that is not known yet. */
    int runLength() {
        return noTime ? Math.max(RunLength.LONG, runLength) : runLength;
    }

    /** Whether records take no time to speak of, so that one thread for a partition is enough. */
    boolean noTime() {
        return noTime;
    }
}
