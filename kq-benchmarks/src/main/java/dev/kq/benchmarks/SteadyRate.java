package dev.kq.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One round at a thousand records a second from one thread: the time from each push to its acknowledgement. */
final class SteadyRate {
    static final int PER_SECOND = 1000;
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    private SteadyRate() {}

    /** What a round took: milliseconds that half, and all but a hundredth, of the records did not exceed. */
    record Figures(double p50, double p99) {}

    static Figures run(Contender contender, String @Nullable [] keys, String[] values, Duration time) {
        int records = (int) (time.toNanos() / INTERVAL_NANOS);
        long[] nanos = new long[records];
        CountDownLatch all = new CountDownLatch(records);
        long failedBefore = contender.failures();
        long due = System.nanoTime();
        for (int i = 0; i < records; i++, due += INTERVAL_NANOS) {
            for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                LockSupport.parkNanos(early);
            }
            int record = i;
            long pushed = System.nanoTime();
            contender.push(keys == null ? null : keys[i & (keys.length - 1)], values[i & (values.length - 1)], () -> {
                nanos[record] = System.nanoTime() - pushed;
                all.countDown();
            });
        }
        FullSpeed.awaitOrFail(all);
        if (contender.failures() > failedBefore) {
            throw new IllegalStateException("pushes failed");
        }
        Arrays.sort(nanos);
        return new Figures(millis(nanos, 0.5), millis(nanos, 0.99));
    }

    private static double millis(long[] sortedNanos, double part) {
        return sortedNanos[(int) Math.ceil(sortedNanos.length * part) - 1] / 1e6;
    }
}
