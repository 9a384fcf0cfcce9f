package dev.kq;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Interrupts handlers that take longer than {@code HandlerTimeout}; what they do after that counts as a failure, also
 * if they return normally. A handler that ignores the interrupt is reported once, with its stack trace, and keeps its
 * worker and its key until it returns.
 *
 * <p>Stands around the handler on the threads that call it; the interrupts come from the timer's.
 */
final class HandlerTimeouts implements RecordHandler {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private final RecordHandler handler;
    private final Duration timeout;
    private final QueueTimer timer;

    HandlerTimeouts(RecordHandler handler, Duration timeout, QueueTimer timer) {
        this.handler = handler;
        this.timeout = timeout;
        this.timer = timer;
    }

    @Override
    public void handle(ConsumerRecord<byte[], byte[]> record, int attempt) throws Exception {
        Flight flight = new Flight(Thread.currentThread());
        QueueTimer.Task expiry = timer.after(timeout.toNanos(), () -> expire(flight, record, attempt));
        @Nullable Exception failure = null;
        boolean inTime;
        try {
            handler.handle(record, attempt);
        } catch (Exception e) {
            failure = e;
        } finally {
            expiry.cancel();
            inTime = flight.land();
        }
        if (!inTime) {
            throw timedOut(failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private TimeoutException timedOut(@Nullable Exception failure) {
        TimeoutException timedOut = new TimeoutException("the handler took longer than HandlerTimeout, " + timeout);
        if (failure != null) {
            timedOut.addSuppressed(failure);
        }
        return timedOut;
    }

    private void expire(Flight flight, ConsumerRecord<byte[], byte[]> record, int attempt) {
        if (flight.interrupt()) {
            timer.after(timeout.toNanos(), () -> {
                if (!flight.landed()) {
                    Throwable stack = new Throwable("the handler's thread " + flight.thread.getName() + " is here");
                    stack.setStackTrace(flight.thread.getStackTrace());
                    log.warn("{} ignores the interrupt after {}", new Message(record, attempt), timeout, stack);
                }
            });
        }
    }

    /**
     * One call of the handler. Makes sure that an interrupt meets that call and no later one on the same thread.
     *
     * <pre>
     *  FLYING ──land──────────────────────► LANDED
     *     └────interrupt──► INTERRUPTING ─► INTERRUPTED ──land──► LANDED
     * </pre>
     */
    private static final class Flight {
        private static final int FLYING = 0;
        private static final int INTERRUPTING = 1;
        private static final int INTERRUPTED = 2;
        private static final int LANDED = 3;

        private final Thread thread;
        private final AtomicInteger state = new AtomicInteger(FLYING);

        Flight(Thread thread) {
            this.thread = thread;
        }

        /** Timer: interrupts the handler unless it has ended. */
        boolean interrupt() {
            if (!state.compareAndSet(FLYING, INTERRUPTING)) {
                return false;
            }
            thread.interrupt();
            state.set(INTERRUPTED);
            return true;
        }

        /** Worker: the handler has ended. Returns false if it was interrupted before. */
        boolean land() {
            if (state.compareAndSet(FLYING, LANDED)) {
                return true;
            }
            while (state.get() == INTERRUPTING) {
                Thread.onSpinWait(); // the interrupt is on its way and must not hit the next record
            }
            Thread.interrupted();
            state.set(LANDED);
            return false;
        }

        boolean landed() {
            return state.get() == LANDED;
        }
    }
}
