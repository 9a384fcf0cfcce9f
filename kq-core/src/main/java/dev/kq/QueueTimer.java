package dev.kq;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs short tasks of the engine later, on one thread of its own that starts with the first task, unless other
 * {@link Alarms} are given. No user code runs there. Thread-safe.
 */
final class QueueTimer {
    /** A task that was scheduled. */
    interface Task {
        /** Takes the task back if it has not begun. */
        void cancel();
    }

    /** Where the tasks wait. Thread-safe. */
    interface Alarms {
        /** Runs a task after the nanoseconds given. */
        Task set(long nanos, Runnable task);

        /** Runs none any more. */
        void stop();
    }

    private final Alarms alarms;
    private final Consumer<Throwable> fatal;

    QueueTimer(ThreadFactory threads, Consumer<Throwable> fatal) {
        this(onThread(threads), fatal);
    }

    QueueTimer(Alarms alarms, Consumer<Throwable> fatal) {
        this.alarms = alarms;
        this.fatal = fatal;
    }

    /** Runs a task after the nanoseconds given, or never if the queue stops before. */
    @CanIgnoreReturnValue
    Task after(long nanos, Runnable task) {
        return alarms.set(nanos, () -> {
            try {
                task.run();
            } catch (Throwable t) {
                fatal.accept(t);
            }
        });
    }

    void stop() {
        alarms.stop();
    }

    /** Those of the system's clock. */
    static Alarms onThread(ThreadFactory threads) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, threads);
        executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // what comes after the stop
        executor.setRemoveOnCancelPolicy(true);
        return new Alarms() {
            @Override
            public Task set(long nanos, Runnable task) {
                Future<?> scheduled = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            }

            @Override
            public void stop() {
                executor.shutdownNow();
            }
        };
    }
}
