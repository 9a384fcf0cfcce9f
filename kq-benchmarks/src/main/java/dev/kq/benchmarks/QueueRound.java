package dev.kq.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One round of one contender, and the {@code main} of the JVM in which all rounds of a contender run: it reads jobs
 * from standard input, a line each, and answers each with a line of figures. Ends with its input.
 */
final class QueueRound {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final QueueJob job;
    private final HandlerWork work;
    private final Map<String, Double> figures = new TreeMap<>();

    private QueueRound(QueueJob job) {
        this.job = job;
        this.work = new HandlerWork(job.text(QueueJob.WORK), job.number(QueueJob.RECORDS));
    }

    /**
     * The JVM of a contender.
     *
     * @param args none
     */
    public static void main(String[] args) throws Exception {
        // Contenders may write to standard output; answers have it for themselves.
        var answers = System.out;
        System.setOut(System.err);
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int exitCode = 1;
        try {
            for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
                answers.println(ContenderProcess.ANSWER
                        + new QueueRound(QueueJob.parse(line)).run().line());
                answers.flush();
            }
            exitCode = 0;
        } catch (IllegalStateException e) { // it came to no end, which is so when the broker has gone with the parent
            System.err.println(e.getMessage());
        } finally {
            System.exit(exitCode); // whatever a contender has left running
        }
    }

    private QueueFigures run() throws Exception {
        PollTimes.clear();
        System.gc();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            pool.resetPeakUsage();
        }
        long started = System.nanoTime();
        QueueContender.Running running =
                QueueContenders.named(job.text(QueueJob.CONTENDER)).start(job, work);
        if (job.number(QueueJob.RECORDS) > 0) {
            until(() -> work.handled() > 0);
            figures.put(QueueFigures.START_MILLIS, (System.nanoTime() - started) / 1e6);
            measure(() -> until(() -> work.handled() >= job.number(QueueJob.RECORDS)));
        } else {
            rest(job.number(QueueJob.SETTLE_MILLIS));
            measure(() -> rest(job.number(QueueJob.MILLIS)));
        }
        figures.put(QueueFigures.HELD, (double) running.held());
        long stopping = System.nanoTime();
        running.close();
        figures.put(QueueFigures.STOP_MILLIS, (System.nanoTime() - stopping) / 1e6);
        QueueFigures.quantiles(figures, QueueFigures.HAND_OFF, work.handOffMicros());
        QueueFigures.quantiles(figures, QueueFigures.END_TO_END, work.endToEndMicros());
        return new QueueFigures(figures);
    }

    private interface Waiting {
        void await() throws IOException;
    }

    private void measure(Waiting waiting) throws IOException {
        long[] threads = THREADS.getAllThreadIds();
        long[] allocatedBefore = THREADS.getThreadAllocatedBytes(threads);
        long gcBefore = gcMillis();
        long compiledBefore = ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
        long cpuBefore = SYSTEM.getProcessCpuTime();
        long before = work.handled();
        long begun = System.nanoTime();
        waiting.await();
        long nanos = System.nanoTime() - begun;
        double records = work.handled() - before;
        double cpu = SYSTEM.getProcessCpuTime() - cpuBefore;
        long allocated = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            allocated += Math.max(0, bytes);
        }
        for (long bytes : allocatedBefore) {
            allocated -= Math.max(0, bytes);
        }
        figures.put(QueueFigures.PER_SECOND, records * 1e9 / nanos);
        figures.put(QueueFigures.CPU_SHARE, cpu / nanos);
        figures.put(QueueFigures.CPU_NANOS, cpu / Math.max(1, records));
        figures.put(QueueFigures.BYTES, allocated / Math.max(1, records));
        figures.put(QueueFigures.GC_MILLIS, (double) (gcMillis() - gcBefore));
        figures.put(QueueFigures.COMPILE_MILLIS, (double)
                (ManagementFactory.getCompilationMXBean().getTotalCompilationTime() - compiledBefore));
        figures.put(QueueFigures.PEAK_HEAP_MIB, peakHeapMiB());
        figures.put(QueueFigures.HANDLER_MICROS, work.meanMicros());
    }

    private static long gcMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }

    private static double peakHeapMiB() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum()
                / 1048576.0;
    }

    /** Without looking: thousands of short waits are more work than an idle queue has. */
    private static void rest(long millis) {
        long end = System.nanoTime() + millis * 1_000_000L;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void until(BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begun > LONGEST.toNanos()) {
                throw new IllegalStateException("after " + LONGEST + " " + job + " has handled " + work.handled());
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
