package dev.kq;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs short tasks of the engine later, on one thread of its own that starts with the first task. No user code runs
 * there. Thread-safe.
 */
final class QueueTimer {
    /** A task that was scheduled. */
    interface Task {
        /** Takes the task back if it has not begun. */
        void cancel();
    }

    private final ScheduledThreadPoolExecutor executor;
    private final Consumer<Throwable> fatal;

    QueueTimer(ThreadFactory threads, Consumer<Throwable> fatal) {
        this.fatal = fatal;
        executor = new ScheduledThreadPoolExecutor(1, threads);
        executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // what comes after the stop
        executor.setRemoveOnCancelPolicy(true);
    }

    /** Runs a task after the nanoseconds given, or never if the queue stops before. */
    @CanIgnoreReturnValue
    Task after(long nanos, Runnable task) {
        Future<?> scheduled = executor.schedule(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable t) {
                        fatal.accept(t);
                    }
                },
                nanos,
                TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    void stop() {
        executor.shutdownNow();
    }
}
