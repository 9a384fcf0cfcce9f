package dev.kq.pusher;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts what becomes of records, and how many threads are between the start and the end of a push. Written by pushing
 * threads and the producer's network thread, read by anybody.
 *
 * <p>Every push writes two numbers and every acknowledgement one, on different cores. Numbers that share a cache line
 * would send it to and fro each time, so those of the pushing threads are spread over stripes by thread, and each
 * stripe and each other number has lines of its own.
 */
final class DeliveryCounts {
    /** Longs in two cache lines: processors fetch lines in pairs. */
    private static final int APART = 16;

    private static final int DELIVERED = APART;
    private static final int FAILED = 2 * APART;
    private static final int ABORTED = 3 * APART;
    private static final int FIRST_STRIPE = 4 * APART;
    /** A power of two, well above the threads that run at once: 8 KiB, and two of them seldom share one. */
    private static final int STRIPES = 64;

    private final AtomicLongArray numbers = new AtomicLongArray(FIRST_STRIPE + (STRIPES + 1) * APART);

    /** A record is about to be given to the producer. */
    void enter() {
        numbers.getAndIncrement(stripe());
    }

    /** The producer has taken or refused the record that {@link #enter} announced. */
    void leave() {
        numbers.getAndIncrement(stripe() + 1);
    }

    /**
     * The first stripe from the given one on in which a thread is between {@link #enter} and {@link #leave}; negative
     * if none is. Who waits until nobody is inside, while all who enter leave at once, goes on from there: with many
     * threads there would always be somebody somewhere.
     */
    int insideFrom(int first) {
        for (int stripe = first; stripe < STRIPES; stripe++) {
            int at = FIRST_STRIPE + stripe * APART;
            // In this order: what is read too late can only be one more that entered.
            long left = numbers.get(at + 1);
            if (numbers.get(at) != left) {
                return stripe;
            }
        }
        return -1;
    }

    void deliver() {
        numbers.getAndIncrement(DELIVERED);
    }

    void fail() {
        numbers.getAndIncrement(FAILED);
    }

    /** A record that failed only because the pusher closed. */
    void abort() {
        numbers.getAndIncrement(ABORTED);
    }

    PusherStats stats() {
        // The ends before the beginnings, so that pending is never negative.
        long delivered = numbers.get(DELIVERED);
        long failed = numbers.get(FAILED) + numbers.get(ABORTED);
        return new PusherStats(delivered, failed, entered() - delivered - failed);
    }

    CloseReport report() {
        long delivered = numbers.get(DELIVERED);
        long failed = numbers.get(FAILED);
        return new CloseReport(delivered, failed, entered() - delivered - failed);
    }

    private long entered() {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += numbers.get(FIRST_STRIPE + stripe * APART);
        }
        return sum;
    }

    private static int stripe() {
        return FIRST_STRIPE + ((int) Thread.currentThread().getId() & (STRIPES - 1)) * APART;
    }
}
