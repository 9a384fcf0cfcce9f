package dev.kq;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every second for handlers that have had one record for too long, tells the health, and logs the stack trace of
 * each once. Called by the timer.
 */
final class Watchdog {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);
    private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();

    private final String queue;
    private final Duration limit;
    private final StuckRuns runs;
    private final QueueTimer timer;
    private final QueueHealth health;

    /** Those whose stack trace was logged, by the time since when they are busy. */
    private final Set<Long> logged = new HashSet<>();

    Watchdog(String queue, Duration limit, StuckRuns runs, QueueTimer timer, QueueHealth health) {
        this.queue = queue;
        this.limit = limit;
        this.runs = runs;
        this.timer = timer;
        this.health = health;
    }

    /** Begins to look, if there is a limit. */
    void start() {
        if (!limit.isZero()) {
            timer.after(Math.min(PERIOD_NANOS, limit.toNanos()), this::look);
        }
    }

    private void look() {
        long now = System.nanoTime();
        Run longest = null;
        Set<Long> hanging = new HashSet<>();
        for (Run run : runs.all()) {
            if (run.busyNanos(now) > limit.toNanos()) {
                hanging.add(run.busySince());
                longest = longest == null || run.busyNanos(now) > longest.busyNanos(now) ? run : longest;
                logOnce(run, now);
            }
        }
        logged.retainAll(hanging);
        if (longest == null) {
            health.clear(QueueHealth.Trouble.HANDLER_HANGS, 0);
        } else {
            health.report(QueueHealth.Trouble.HANDLER_HANGS, 0, what(longest, now));
        }
        start();
    }

    private void logOnce(Run run, long now) {
        Thread worker = run.worker();
        if (worker != null && logged.add(run.busySince())) {
            StackTrace trace = new StackTrace(worker);
            log.warn("queue {}: {}; the stack trace is that of its thread", queue, what(run, now), trace);
        }
    }

    private static String what(Run run, long now) {
        PartitionQueue partition = run.partition;
        long offset = partition == null ? -1 : partition.beingHandled(run);
        String record = partition == null
                ? "a record"
                : offset < 0 ? "a batch of " + partition.topicPartition() : partition.topicPartition() + "@" + offset;
        return record + " is in a handler for "
                + Duration.ofNanos(run.busyNanos(now)).toSeconds() + " s";
    }

    /** Where a thread is; not thrown, for the log only. */
    private static final class StackTrace extends Throwable {
        private static final long serialVersionUID = 1L;

        StackTrace(Thread thread) {
            super(thread.getName(), null, false, true);
            setStackTrace(thread.getStackTrace());
        }
    }
}
