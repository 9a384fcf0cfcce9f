package dev.kq;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds runs that last far longer than runs should, because of one slow record or of many, and has the records that
 * wait in them given back, so that slow records delay no other key. Looks every few milliseconds, and only while there
 * are runs of several records.
 *
 * <p>{@link #watch()} may be called by every worker; the rest runs on the queue's timer thread.
 */
final class StuckRuns {
    static final long PERIOD_NANOS = 5_000_000;

    private final Set<Run> runs = ConcurrentHashMap.newKeySet();
    private final QueueTimer timer;
    private final AtomicBoolean looking = new AtomicBoolean();

    StuckRuns(QueueTimer timer) {
        this.timer = timer;
    }

    void add(Run run) {
        run.ownedByThisThread();
        runs.add(run);
    }

    void remove(Run run) {
        runs.remove(run);
    }

    /** For how long the record that has been in a handler for longest has been there; 0 if none is. */
    long longestBusyNanos(long now) {
        long longest = 0;
        for (Run run : runs) {
            longest = Math.max(longest, run.busyNanos(now));
        }
        return longest;
    }

    /** How many workers have something to handle. */
    int inHandlers() {
        int count = 0;
        for (Run run : runs) {
            count += run.partition == null ? 0 : 1;
        }
        return count;
    }

    /** The runs of all workers, those that have nothing at the moment included. */
    Collection<Run> all() {
        return runs;
    }

    /** A worker began a run of several records. */
    void watch() {
        if (!looking.get() && looking.compareAndSet(false, true)) {
            lookLater();
        }
    }

    private void lookLater() {
        timer.after(PERIOD_NANOS, this::look);
    }

    private void look() {
        try {
            for (Run run : runs) {
                look(run);
            }
        } finally {
            lookAgain();
        }
    }

    private static void look(Run run) {
        PartitionQueue partition = run.partition;
        if (partition == null || !run.mayHoldOthersUp()) {
            return;
        }
        long progress = run.progress();
        run.looks = Run.isSameFilling(progress, run.lastSeen) ? run.looks + 1 : 0;
        run.lastSeen = progress;
        if (run.looks > 0) {
            partition.rescue(run, progress);
            if (Run.isSameFilling(run.progress(), progress)) {
                run.lasts();
            }
        }
    }

    private void lookAgain() {
        if (someMayHoldOthersUp()) {
            lookLater();
            return;
        }
        looking.set(false);
        if (someMayHoldOthersUp()) { // one began after the look and before the flag was down
            watch();
        }
    }

    private boolean someMayHoldOthersUp() {
        for (Run run : runs) {
            if (run.mayHoldOthersUp()) {
                return true;
            }
        }
        return false;
    }
}
