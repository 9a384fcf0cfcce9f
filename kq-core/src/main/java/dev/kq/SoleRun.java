package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * Which run has its partition to itself, and whether one may: a handler that takes no time needs one worker at a time.
 * A partition of which runs have lasted is shared for a while, or each record that takes a millisecond now and then
 * would hold up all others, whose workers idle.
 *
 * <p>A plain data structure; its {@link PartitionQueue} guards it.
 */
final class SoleRun {
    private static final long LASTING_NANOS = 1_000_000;
    /** So many workers that could have the partition to themselves share it. */
    private static final int WARY_RUNS = 64;

    private final int longRun;
    /** It has several records, so that the watch for runs that last sees it. */
    private @Nullable Run run;

    private int wary;
    private boolean lasted;

    /** @param longRun how many records a worker asks for at least if its handler takes no time */
    SoleRun(int longRun) {
        this.longRun = longRun;
    }

    boolean exists() {
        return run != null;
    }

    /** Whether a worker that asks for as many records may have the partition to itself. Asked once for each run. */
    boolean mayBegin(int records) {
        if (records < longRun) {
            return false;
        }
        if (wary > 0) {
            wary--;
            return false;
        }
        return true;
    }

    void begin(Run sole) {
        run = sole;
    }

    /** The partition is open to all again if it was this run that had it; returns whether it was. */
    boolean end(Run ending) {
        boolean sole = run == ending;
        if (sole) {
            run = null;
        }
        return sole;
    }

    /** A run was taken back because it lasted. */
    void rescued() {
        wary = WARY_RUNS;
    }

    /** A run has ended. One alone that lasted may have been a pause of its thread, two in a row are believed. */
    void ended(long nanos) {
        boolean lastedBefore = lasted;
        lasted = nanos > LASTING_NANOS;
        if (lasted && lastedBefore) {
            wary = WARY_RUNS;
        }
    }
}
