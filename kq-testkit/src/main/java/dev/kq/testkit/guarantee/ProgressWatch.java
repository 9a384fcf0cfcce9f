package dev.kq.testkit.guarantee;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * No partition with something to do stands still: as long as more is pushed than committed, what is committed grows at
 * least every so often. Looked at again and again while the scenario runs, so that a hang ends it with the threads
 * still there to be dumped. Thread-safe.
 *
 * <p>Time during which nobody looked does not count, for then this JVM stood still itself.
 */
public final class ProgressWatch {
    private static final long LONGEST_LOOK_NANOS = 1_000_000_000L;

    private final long limitNanos;
    private long[] committed;
    private long[] stoodStill;
    private long lastLook;
    private long longest;

    /**
     * Begins to watch.
     *
     * @param partitions how many there are; more may come later
     * @param limit for how long a partition may stand still
     * @param now {@link System#nanoTime()}
     */
    public ProgressWatch(int partitions, Duration limit, long now) {
        this.limitNanos = limit.toNanos();
        this.committed = new long[partitions];
        this.stoodStill = new long[partitions];
        this.lastLook = now;
    }

    /**
     * Each partition that stands still for too long, in a sentence; empty if there is none.
     *
     * @param now {@link System#nanoTime()}
     * @param pushedNow the end of each partition
     * @param committedNow what is committed of each
     */
    public synchronized List<String> look(long now, long[] pushedNow, long[] committedNow) {
        long passed = Math.min(LONGEST_LOOK_NANOS, now - lastLook);
        lastLook = now;
        committed = Arrays.copyOf(committed, pushedNow.length);
        stoodStill = Arrays.copyOf(stoodStill, pushedNow.length);
        List<String> breaches = new ArrayList<>();
        for (int p = 0; p < committed.length; p++) {
            boolean idle = committedNow[p] >= pushedNow[p];
            boolean moved = committedNow[p] > committed[p];
            stoodStill[p] = idle || moved ? 0 : stoodStill[p] + passed;
            committed[p] = Math.max(committed[p], committedNow[p]);
            longest = Math.max(longest, stoodStill[p]);
            if (stoodStill[p] > limitNanos) {
                breaches.add("stall: partition " + p + " stands at " + committedNow[p] + " of " + pushedNow[p] + " for "
                        + stoodStill[p] / 1_000_000 + " ms");
            }
        }
        return breaches;
    }

    /** The longest time for which a partition stood still so far, in nanoseconds. */
    public synchronized long longestNanos() {
        return longest;
    }

    @Override
    public synchronized String toString() {
        return "committed " + Arrays.toString(committed) + ", longest stall " + longest / 1_000_000 + " ms";
    }
}
