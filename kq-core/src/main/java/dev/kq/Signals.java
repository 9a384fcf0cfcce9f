package dev.kq;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;

/**
 * What others tell a fetcher, to look around or to stop, and how it waits so that it hears that. The first part is for
 * all threads, the rest for the one that runs the fetcher's loop.
 */
final class Signals {
    /** Others only call {@code wakeup} on it, which Kafka allows. */
    private volatile @Nullable Consumer<byte[], byte[]> consumer;

    private volatile @Nullable Thread thread;
    /** In a poll that waits, so that a nudge must wake it up. */
    private volatile boolean polling;
    /** There was a nudge since the last look around; the next poll must not wait. */
    private volatile boolean nudged;

    private volatile boolean stopping;
    private volatile long drainDeadline;
    /** When the fetcher came round its loop last. */
    private volatile long roundNanos;

    /** Asks the fetcher to look around now: work was released, a pause ended, or it should stop. */
    void nudge() {
        nudged = true;
        Consumer<byte[], byte[]> c = consumer;
        if (polling && c != null) {
            c.wakeup();
        } else {
            LockSupport.unpark(thread);
        }
    }

    /** Lets it drain until the time given at the latest, commit, leave the group, and end. */
    void stop(long deadlineNanoTime) {
        drainDeadline = deadlineNanoTime;
        stopping = true;
        nudge();
    }

    /** For how long the fetcher has not come round its loop; 0 if it was not started. */
    long silentNanos(long now) {
        return thread == null ? 0 : Math.max(0, now - roundNanos);
    }

    /** Whether the calling thread runs the fetcher's loop. */
    boolean meetThisThread() {
        return thread == Thread.currentThread();
    }

    // ---- the fetcher's side

    /** The calling thread runs the loop from now on. */
    void forThisThread() {
        thread = Thread.currentThread();
    }

    /** It is this consumer's polls that wait from now on. */
    void forConsumer(Consumer<byte[], byte[]> polled) {
        consumer = polled;
        comeRound(System.nanoTime());
    }

    /** The fetcher looks around after this, so whatever it was told before is heard. */
    void comeRound(long now) {
        roundNanos = now;
        nudged = false;
    }

    boolean nudged() {
        return nudged;
    }

    boolean stopping() {
        return stopping;
    }

    long drainDeadline() {
        return drainDeadline;
    }

    /** The earlier one of a time that is waited for and the one at which a stop ends the wait. */
    long untilStop(long deadline) {
        return stopping && drainDeadline - deadline < 0 ? drainDeadline : deadline;
    }

    /** Polls, and waits for records as long as nobody says anything. */
    ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> c, Duration timeout) {
        polling = true;
        try {
            return c.poll(nudged ? Duration.ZERO : timeout);
        } finally {
            polling = false;
        }
    }

    /** Waits as long as nobody says anything; returns early at will. */
    void rest(long nanos) {
        if (!nudged) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    /** Waits, but not when it is to stop; returns early at will. */
    void pause(long nanos) {
        if (!stopping) {
            LockSupport.parkNanos(this, nanos);
        }
    }
}
