package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings partitions with ready records and workers without work together: one for each queue. Partitions stand in line
 * and get a run of records handled at each turn, so that none starves another. Thread-safe.
 *
 * <p>Lock order: a partition's lock is never held when this lock is taken, nor this one when a partition's is.
 */
final class WorkQueue implements PartitionQueue.Offers {
    /** A place for a worker to wait at; each worker has one. */
    static final class Seat {
        /** Set before the worker's first wait. */
        private volatile @Nullable Thread sitter;
        /** In the list of idle seats. Guarded by the queue's lock. */
        private boolean idle;
        /** Woken for a partition in line and not here yet. Guarded by the queue's lock. */
        private boolean expected;
        /** The worker should end. Guarded by the queue's lock. */
        private boolean dismissed;
        /** Who handles records in place of its worker, which waits meanwhile. Written under the queue's lock. */
        private volatile @Nullable Thread borrower;
        /** Since when it is borrowed. Guarded by the queue's lock. */
        private long borrowedSince;
        /** For how long it was borrowed during its worker's present wait. Guarded by the queue's lock. */
        private long borrowedNanos;

        /** The thread that handles records in place of its worker; null if that does so itself. */
        @Nullable
        Thread borrower() {
            return borrower;
        }
    }

    private final Surroundings surroundings;
    private final ReentrantLock lock = new ReentrantLock();
    private final LongAdder starvedNanos = new LongAdder();

    @GuardedBy("lock")
    private final ArrayDeque<PartitionQueue> line = new ArrayDeque<>();

    /** Idle workers, the one that became idle last in front: its caches are the warmest. */
    @GuardedBy("lock")
    private final ArrayDeque<Seat> idle = new ArrayDeque<>();

    /**
     * A worker was woken and is on its way. It takes the first partition and wakes the next worker if there are more in
     * line, so nobody needs to wake another one meanwhile: workers that are awake may be done before he would be.
     */
    @GuardedBy("lock")
    private boolean waking;

    @GuardedBy("lock")
    private @Nullable TokenBucket limit;

    /** One idle worker waits for the next permit; the others sleep until there is work for them. */
    @GuardedBy("lock")
    private boolean pacing;

    /** Written under the lock; fetchers look at it without. */
    private volatile boolean paused;

    @GuardedBy("lock")
    private boolean closed;

    WorkQueue() {
        this(Surroundings.REAL);
    }

    WorkQueue(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void offer(PartitionQueue partition) {
        @Nullable Seat woken;
        lock.lock();
        try {
            line.addLast(partition);
            woken = wakeOne();
        } finally {
            lock.unlock();
        }
        wake(woken);
    }

    /** The same by a worker that comes for its next run at once, and need wake nobody before. */
    void offerOnTheWay(PartitionQueue partition) {
        lock.lock();
        try {
            line.addLast(partition);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Fills the run, waiting for records as long as there are none.
     *
     * @param max how many records the run should get at most
     * @return false if the worker should end
     */
    boolean take(Run run, int max, Seat seat) {
        seat.sitter = Thread.currentThread();
        boolean pacer = false;
        long waited = 0;
        while (true) {
            @Nullable PartitionQueue partition = null;
            @Nullable Seat woken = null;
            @Nullable TokenBucket bucket;
            boolean leaving = false;
            int permits = max;
            long waitNanos = Long.MAX_VALUE;
            lock.lock();
            try {
                if (seat.idle) {
                    seat.idle = false;
                    idle.remove(seat);
                }
                if (seat.expected) {
                    seat.expected = false;
                    waking = false;
                }
                if (pacer) {
                    pacer = false;
                    pacing = false;
                }
                if (waited > 0 && seat.borrower == null) { // else it waits on
                    starvedNanos.add(Math.max(0, waited - seat.borrowedNanos)); // the rest was no wait for records
                    seat.borrowedNanos = 0;
                    waited = 0;
                }
                bucket = limit;
                if (closed || seat.dismissed) {
                    leaving = true;
                    woken = wakeOne(); // this one may have been woken for a partition in line
                } else if (seat.borrower != null) {
                    woken = wakeOne(); // this one woke up by itself, or was to pace the others
                } else if (!paused && !line.isEmpty()) {
                    permits = bucket == null ? max : bucket.take(max, surroundings.nanoTime());
                    if (permits > 0) {
                        partition = line.pollFirst();
                        woken = wakeOne();
                    } else if (bucket != null && !pacing) {
                        pacer = true;
                        pacing = true;
                        waitNanos = bucket.nanosUntilNext();
                    }
                }
                if (partition == null && !leaving && seat.borrower == null) {
                    seat.idle = true;
                    idle.addFirst(seat);
                }
            } finally {
                lock.unlock();
            }
            wake(woken);
            if (leaving) {
                return false;
            }
            if (partition == null) {
                long from = System.nanoTime();
                await(waitNanos, seat);
                waited += System.nanoTime() - from;
                continue;
            }
            boolean taken = partition.take(run, permits);
            if (bucket != null) {
                giveBack(bucket, taken ? permits - run.size() : permits);
            }
            if (taken) {
                return true;
            }
        }
    }

    /**
     * Lets the calling thread handle records in place of the worker that has been idle for longest, so that not more
     * handlers run at once than there are workers.
     *
     * @return its seat, to be given back; null if no worker is idle, or if what may be taken is limited
     */
    @Nullable
    Seat borrowSeat() {
        lock.lock();
        try {
            Seat seat = closed || paused || limit != null ? null : idle.pollLast();
            if (seat != null) {
                seat.idle = false;
                seat.borrower = Thread.currentThread();
                seat.borrowedSince = System.nanoTime();
            }
            return seat;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the worker of a borrowed seat do its work again. */
    void giveBack(Seat seat) {
        @Nullable Seat woken;
        lock.lock();
        try {
            seat.borrower = null;
            seat.borrowedNanos += System.nanoTime() - seat.borrowedSince;
            if (closed || seat.dismissed) {
                woken = seat;
            } else {
                seat.idle = true;
                idle.addLast(seat);
                woken = wakeOne();
            }
        } finally {
            lock.unlock();
        }
        wake(woken);
    }

    /** Lets nothing be taken until {@link #resume()}. */
    void pause() {
        lock.lock();
        try {
            paused = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a pause. */
    void resume() {
        lock.lock();
        try {
            paused = false;
        } finally {
            lock.unlock();
        }
        wakeAll();
    }

    boolean paused() {
        return paused;
    }

    /** Limits how many records are taken a second over all partitions; null lifts the limit. */
    void limitRate(@Nullable TokenBucket bucket) {
        lock.lock();
        try {
            limit = bucket;
        } finally {
            lock.unlock();
        }
        wakeAll();
    }

    /** Ends the worker of this seat when it comes for its next run. */
    void dismiss(Seat seat) {
        lock.lock();
        try {
            seat.dismissed = true;
        } finally {
            lock.unlock();
        }
        wake(seat);
    }

    /** Ends every worker when it comes for its next run. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        wakeAll();
    }

    /** How long workers have waited for records, all together; a wait counts when it ends. */
    long starvedNanos() {
        return starvedNanos.sum();
    }

    /** Workers that wait for records. */
    int idleWorkers() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(TokenBucket bucket, int permits) {
        lock.lock();
        try {
            bucket.giveBack(permits);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes those that are idle now, each once: one that is idle again before the last is woken stays so. */
    private void wakeAll() {
        List<Seat> seats;
        lock.lock();
        try {
            seats = new ArrayList<>(idle);
            seats.forEach(seat -> seat.idle = false);
            idle.clear();
        } finally {
            lock.unlock();
        }
        seats.forEach(WorkQueue::wake);
    }

    /** Chooses the worker to wake if there is work for one more; it is to be woken when the lock is free. */
    @GuardedBy("lock")
    private @Nullable Seat wakeOne() {
        if (paused || waking || line.isEmpty()) {
            return null;
        }
        Seat seat = idle.pollFirst();
        if (seat != null) {
            seat.idle = false;
            seat.expected = true;
            waking = true;
        }
        return seat;
    }

    private static void wake(@Nullable Seat seat) {
        if (seat != null) {
            LockSupport.unpark(seat.sitter);
        }
    }

    /** Returns early at will: the caller looks again. A pending interrupt is for nobody here. */
    private void await(long nanos, Seat seat) {
        Thread.interrupted();
        surroundings.rest(nanos, () -> recall(seat));
    }

    private void recall(Seat seat) {
        lock.lock();
        try {
            if (seat.idle) {
                seat.idle = false;
                idle.remove(seat);
            }
        } finally {
            lock.unlock();
        }
        wake(seat);
    }
}
