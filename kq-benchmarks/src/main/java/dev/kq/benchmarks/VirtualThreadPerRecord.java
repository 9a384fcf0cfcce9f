package dev.kq.benchmarks;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;

/** A limit for slow handlers: a new virtual thread for each record, no order, no commit. Needs Java 21. */
final class VirtualThreadPerRecord implements QueueContender {
    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        Semaphore free = new Semaphore(job.number(QueueJob.HANDLERS));
        ExecutorService executor = virtualThreads();
        PollLoops loop = new PollLoops(
                job,
                1,
                false,
                records -> records.forEach(record -> {
                    free.acquireUninterruptibly();
                    executor.execute(() -> {
                        handler.accept(record.key(), record.value());
                        free.release();
                    });
                }));
        return () -> {
            loop.close();
            executor.shutdown();
        };
    }

    /** By name, for the sources are compiled for Java 17. */
    private static ExecutorService virtualThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("virtual threads need Java 21 or newer", e);
        }
    }
}
