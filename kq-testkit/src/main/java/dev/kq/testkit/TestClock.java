package dev.kq.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The time of a {@link KqTester}: stands still until {@link KqTester#advance} moves it. Give it to a handler that asks
 * for the time, and let one that should take long {@link #sleep} on it.
 *
 * <p>It begins at 2026-01-01T00:00:00Z, in UTC. Thread-safe; each tester has its own.
 */
public final class TestClock extends Clock {
    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    /** A task that waits for its time. */
    static final class Alarm {
        private final long due;
        private final long number;
        private final Runnable task;

        private Alarm(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }
    }

    private static final class Sleeper {
        private final Thread thread = Thread.currentThread();
        /** It is one of the queue's workers, which so has come to rest. */
        private final boolean worker;

        private boolean due;

        private Sleeper(boolean worker) {
            this.worker = worker;
        }
    }

    /** What the tester has to do with those who sleep. */
    interface Owner {
        /** Whether the calling thread is a worker. */
        boolean isWorker();

        /** A worker has gone to sleep. */
        void atRest();
    }

    private final Thread maker = Thread.currentThread();

    @GuardedBy("this")
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(
            Comparator.<Alarm>comparingLong(alarm -> alarm.due).thenComparingLong(alarm -> alarm.number));

    @GuardedBy("this")
    private final Set<Sleeper> sleepers = new HashSet<>();

    @GuardedBy("this")
    private long alarmsEver;

    @GuardedBy("this")
    private boolean over;

    @GuardedBy("this")
    private @Nullable Owner owner;

    /** Since the beginning; written under the monitor. */
    private volatile long nanos;

    /** A clock for one tester. */
    public TestClock() {}

    @Override
    public Instant instant() {
        return BEGINNING.plusNanos(nanos);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** The same time in another zone. */
    @Override
    public Clock withZone(ZoneId zone) {
        TestClock same = this;
        return new Clock() {
            @Override
            public Instant instant() {
                return same.instant();
            }

            @Override
            public ZoneId getZone() {
                return zone;
            }

            @Override
            public Clock withZone(ZoneId other) {
                return same.withZone(other);
            }
        };
    }

    /**
     * Lets a handler take its time: returns when the test has moved the clock that far. {@link Thread#sleep} in its
     * place would take real time, which no test can move.
     *
     * @param duration zero or less returns at once
     * @throws InterruptedException if the handler is interrupted, as by {@code HandlerTimeout}, or the tester is closed
     * @throws IllegalStateException if the test itself calls it, for nobody would move the clock then, or if no tester
     *     has this clock
     */
    public void sleep(Duration duration) throws InterruptedException {
        Owner o = owner();
        if (o == null) {
            throw new IllegalStateException("No KqTester has this clock; give it to KqTester.builder(...).clock(...)");
        }
        if (Thread.currentThread() == maker) {
            throw new IllegalStateException("The test would sleep for ever: only its own advance(...) moves the clock");
        }
        if (duration.isNegative() || duration.isZero()) {
            return;
        }
        Sleeper sleeper = new Sleeper(o.isWorker());
        Alarm alarm;
        synchronized (this) {
            sleepers.add(sleeper);
            alarm = after(duration.toNanos(), () -> wake(sleeper));
        }
        o.atRest();
        boolean woken = false;
        while (!woken && !Thread.currentThread().isInterrupted() && !isOver()) {
            LockSupport.park(this);
            synchronized (this) {
                woken = sleeper.due;
            }
        }
        synchronized (this) {
            sleepers.remove(sleeper); // before the interrupt is cleared: until then it told that this one is awake
            woken = sleeper.due;
        }
        cancel(alarm);
        if (!woken) {
            boolean interrupted = Thread.interrupted();
            throw new InterruptedException(interrupted ? "interrupted in TestClock.sleep" : "the tester was closed");
        }
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized void wake(Sleeper sleeper) {
        sleeper.due = true;
        sleepers.remove(sleeper);
        LockSupport.unpark(sleeper.thread);
    }

    // ---- the tester's side

    synchronized void ownedBy(Owner tester) {
        if (owner != null) {
            throw new IllegalStateException("Another KqTester has this clock; each has its own");
        }
        owner = tester;
    }

    private synchronized @Nullable Owner owner() {
        return owner;
    }

    long nanos() {
        return nanos;
    }

    /** Workers that sleep and were not woken by anything. */
    synchronized int sleepingWorkers() {
        return (int) sleepers.stream()
                .filter(sleeper -> sleeper.worker && !sleeper.thread.isInterrupted())
                .count();
    }

    @CanIgnoreReturnValue
    synchronized Alarm after(long delayNanos, Runnable task) {
        long due = nanos + Math.min(Math.max(0, delayNanos), Long.MAX_VALUE - nanos);
        Alarm alarm = new Alarm(due, alarmsEver++, task);
        alarms.add(alarm);
        return alarm;
    }

    synchronized void cancel(Alarm alarm) {
        alarms.remove(alarm);
    }

    /** When the next task is due; {@link Long#MAX_VALUE} if there is none. */
    synchronized long nextDue() {
        Alarm next = alarms.peek();
        return next == null ? Long.MAX_VALUE : next.due;
    }

    /** Runs the first of the tasks that are due, if there is one. */
    boolean runDue() {
        Alarm next;
        synchronized (this) {
            next = alarms.peek();
            if (next == null || next.due > nanos) {
                return false;
            }
            alarms.remove(next);
        }
        next.task.run();
        return true;
    }

    synchronized void moveTo(long time) {
        nanos = Math.max(nanos, time);
    }

    /** Wakes everybody up for good. */
    synchronized void end() {
        over = true;
        alarms.clear();
        sleepers.forEach(sleeper -> LockSupport.unpark(sleeper.thread));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "TestClock[" + instant() + "]";
    }
}
