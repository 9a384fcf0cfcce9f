package dev.kq;

import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * What the engine has from outside and a {@link TestEngine} replaces: the time that decides something, chance, and the
 * places where threads rest. Time that is only measured comes from {@link System#nanoTime()} at the spot. Thread-safe.
 */
interface Surroundings {
    /** The real ones. */
    Surroundings REAL = new Real();

    /** Nanoseconds of the clock by which commits, retries, batches, timeouts and the rate limit are due. */
    long nanoTime();

    /** The same clock's time of day. */
    Instant instant();

    /** Where tasks of the queue wait until they are due. */
    QueueTimer.Alarms alarms(ThreadFactory threads);

    /** What writes dead letters. */
    ExecutorService writer(ThreadFactory threads);

    /** What spreads the backoff. */
    RandomGenerator jitter();

    /** How many records a worker takes at once. */
    RunLength runLength();

    /** Whether somebody watches the queue: looks for handlers that hang, tells statistics. */
    boolean watched();

    /**
     * Lets a worker without work wait. Returns early at will.
     *
     * @param nanos how long at most; {@link Long#MAX_VALUE} for as long as it takes
     * @param recall ends the wait of this worker
     */
    void rest(long nanos, Runnable recall);

    /** See there. */
    final class Real implements Surroundings {
        private Real() {}

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public QueueTimer.Alarms alarms(ThreadFactory threads) {
            return QueueTimer.onThread(threads);
        }

        @Override
        public ExecutorService writer(ThreadFactory threads) {
            return new ThreadPoolExecutor(
                    0,
                    1,
                    30,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    threads,
                    new ThreadPoolExecutor.DiscardPolicy());
        }

        @Override
        public RandomGenerator jitter() {
            return () -> ThreadLocalRandom.current().nextLong();
        }

        @Override
        public RunLength runLength() {
            return new RunLength();
        }

        @Override
        public boolean watched() {
            return true;
        }

        @Override
        public void rest(long nanos, Runnable recall) {
            if (nanos == Long.MAX_VALUE) {
                LockSupport.park();
            } else {
                LockSupport.parkNanos(nanos);
            }
        }
    }
}
