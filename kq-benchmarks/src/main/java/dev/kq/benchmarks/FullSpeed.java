package dev.kq.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One round at full speed: threads push as fast as they may for a while, then everything is flushed. The broker has a
 * JVM of its own, so what this one uses is what the client costs.
 */
final class FullSpeed {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private FullSpeed() {}

    /**
     * What a round took.
     *
     * @param perSecond records acknowledged per second, the flush included
     * @param bytesPerPush bytes allocated by pushing threads and the network thread
     * @param cpuMicrosPerPush CPU time of the whole JVM, garbage collection included
     */
    record Figures(double perSecond, double bytesPerPush, double cpuMicrosPerPush) {}

    static Figures run(Contender contender, int threads, String @Nullable [] keys, String[] values, Duration time) {
        CountDownLatch ready = new CountDownLatch(threads);
        CountDownLatch go = new CountDownLatch(1);
        AtomicLong pushed = new AtomicLong();
        AtomicLong allocated = new AtomicLong();
        List<Thread> pushing = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = t * 509;
            Thread thread = new Thread(
                    () -> {
                        ready.countDown();
                        awaitOrFail(go);
                        long before = THREADS.getThreadAllocatedBytes(
                                Thread.currentThread().getId());
                        pushed.addAndGet(push(contender, first, keys, values, time));
                        allocated.addAndGet(THREADS.getThreadAllocatedBytes(
                                        Thread.currentThread().getId())
                                - before);
                    },
                    "pushing-" + t);
            thread.setDaemon(true);
            pushing.add(thread);
            thread.start();
        }
        awaitOrFail(ready);
        long failedBefore = contender.failures();
        long[] others = othersThan(pushing);
        long othersBefore = allocatedBy(others);
        long cpuBefore = SYSTEM.getProcessCpuTime();
        long begun = System.nanoTime();
        go.countDown();
        pushing.forEach(FullSpeed::joinOrFail);
        contender.flush();
        double seconds = (System.nanoTime() - begun) / 1e9;
        double cpuMicros = (SYSTEM.getProcessCpuTime() - cpuBefore) / 1e3;
        long records = pushed.get();
        long bytes = allocated.get() + allocatedBy(others) - othersBefore;
        long failed = contender.failures() - failedBefore;
        if (failed > 0) {
            throw new IllegalStateException(failed + " of " + records + " pushes failed");
        }
        return new Figures(records / seconds, (double) bytes / records, cpuMicros / records);
    }

    private static long push(Contender contender, int first, String @Nullable [] keys, String[] values, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        long i = first;
        do {
            for (int n = 0; n < 64; n++, i++) {
                String key = keys == null ? null : keys[(int) i & (keys.length - 1)];
                contender.push(key, values[(int) i & (values.length - 1)]);
            }
        } while (end - System.nanoTime() > 0);
        return i - first;
    }

    /** The threads that live through the round; the contender's network thread is among them. */
    private static long[] othersThan(List<Thread> pushing) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !pushing.contains(thread) && thread != Thread.currentThread())
                .mapToLong(Thread::getId)
                .toArray();
    }

    private static long allocatedBy(long[] threads) {
        long sum = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(threads)) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    static void awaitOrFail(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void joinOrFail(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
