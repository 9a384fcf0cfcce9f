package dev.kq.pusher;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what becomes of records, and how many threads are between the start and the end of a push. Written by pushing
 * threads and the producer's network thread, read by anybody; adders, so that pushing threads do not meet.
 */
final class DeliveryCounts {
    private final LongAdder entered = new LongAdder();
    private final LongAdder left = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder aborted = new LongAdder();

    /** A record is about to be given to the producer. */
    void enter() {
        entered.increment();
    }

    /** The producer has taken or refused the record that {@link #enter} announced. */
    void leave() {
        left.increment();
    }

    /** Whether some thread is between {@link #enter} and {@link #leave}. */
    boolean someoneInside() {
        // In this order: what is read too late can only be one more that entered.
        long out = left.sum();
        return entered.sum() != out;
    }

    void deliver() {
        delivered.increment();
    }

    void fail() {
        failed.increment();
    }

    /** A record that failed only because the pusher closed. */
    void abort() {
        aborted.increment();
    }

    PusherStats stats() {
        // The ends before the beginnings, so that pending is never negative.
        long done = delivered.sum();
        long lost = failed.sum() + aborted.sum();
        return new PusherStats(done, lost, entered.sum() - done - lost);
    }

    CloseReport report() {
        long done = delivered.sum();
        long lost = failed.sum();
        return new CloseReport(done, lost, entered.sum() - done - lost);
    }
}
