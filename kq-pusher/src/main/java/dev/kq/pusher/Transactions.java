package dev.kq.pusher;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the transactions of one pusher, one after the other, since the producer knows one at a time. A body runs on the
 * thread of its caller, which holds the turn and no lock.
 */
final class Transactions {
    private static final long TRY_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String topic;
    private final String id;
    private final Duration turnTime;
    private final Duration endTime;
    private final Producer<byte[], byte[]> producer;
    private final Delivery.Outcomes counted;
    private final BiFunction<PushRecord, Delivery.Outcomes, Delivery> sending;
    private final Semaphore turn = new Semaphore(1, true);

    /** The thread that has the turn; read by others only to compare it with themselves. */
    private volatile @Nullable Thread inside;
    /** Confined to the thread that has the turn. */
    private boolean initialized;
    /** Why the producer can run no more transactions. Confined to the thread that has the turn. */
    private @Nullable PushException broken;

    Transactions(
            PusherSettings settings,
            String id,
            Producer<byte[], byte[]> producer,
            Delivery.Outcomes counted,
            BiFunction<PushRecord, Delivery.Outcomes, Delivery> sending) {
        this.topic = settings.topic();
        this.id = id;
        this.turnTime = settings.maxBlock();
        this.endTime = settings.deliveryTimeout();
        this.producer = producer;
        this.counted = counted;
        this.sending = sending;
    }

    <E extends Exception> void run(TransactionBody<E> body) throws E {
        takeTurn();
        try {
            begin();
            OpenTransaction tx = new OpenTransaction(counted, sending);
            try {
                body.run(tx);
            } catch (Throwable e) {
                tx.end();
                abort();
                throw e;
            }
            tx.end();
            commit(tx);
        } finally {
            inside = null;
            turn.release();
        }
    }

    private void takeTurn() {
        if (inside == Thread.currentThread()) {
            throw new IllegalStateException("a transaction inside a transaction of topic " + topic
                    + " would wait for itself; push through the one that is open");
        }
        try {
            if (!turn.tryAcquire(turnTime.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new PushException(
                        topic, "another transaction of this pusher took longer than " + turnTime + " (maxBlock)", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PushException(topic, "interrupted before the transaction began", e);
        }
        inside = Thread.currentThread();
    }

    private void begin() {
        if (broken != null) {
            throw broken.thrownHere();
        }
        try {
            if (!initialized) {
                producer.initTransactions();
                initialized = true;
            }
            producer.beginTransaction();
        } catch (TimeoutException | InterruptException e) {
            throw new PushException(topic, "the transaction did not begin: " + e.getMessage(), e);
        } catch (KafkaException | IllegalStateException e) {
            throw breaks(e);
        }
    }

    private void commit(OpenTransaction tx) {
        PushException failure = tx.failure();
        if (failure == null) {
            try {
                untilAnswered(producer::commitTransaction);
                return;
            } catch (TimeoutException e) {
                broken = new PushException(
                        topic, "no broker told within " + endTime + " whether the transaction was committed", e);
                throw broken;
            } catch (KafkaException | IllegalStateException e) {
                failure = PushException.of(topic, e);
            }
        }
        abort();
        if (broken != null) {
            throw broken;
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        throw new PushException(topic, "the transaction was rolled back: " + cause.getMessage(), cause);
    }

    private void abort() {
        try {
            untilAnswered(producer::abortTransaction);
        } catch (KafkaException | IllegalStateException e) {
            PushException unused = breaks(e);
        }
    }

    /** A producer whose transaction neither commits nor aborts is of no more use. */
    private PushException breaks(RuntimeException e) {
        boolean fenced = e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException;
        PushException reason = fenced
                ? new PushException(
                        topic,
                        "another pusher with the transactional id " + id
                                + " has taken over, or the transaction took longer than transaction.timeout.ms;"
                                + " this one can only be closed",
                        e)
                : new PushException(topic, "the producer can run no more transactions: " + e.getMessage(), e);
        broken = reason;
        return reason;
    }

    /**
     * A commit or abort whose answer did not come in time can be neither undone nor left: only repeated. An interrupt
     * is kept for afterwards.
     */
    private void untilAnswered(Runnable end) {
        long deadline = System.nanoTime() + endTime.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    end.run();
                    return;
                } catch (InterruptException e) {
                    interrupted = true;
                    boolean unused = Thread.interrupted();
                } catch (TimeoutException e) {
                    if (deadline - System.nanoTime() <= 0) {
                        throw e;
                    }
                    LockSupport.parkNanos(this, TRY_AGAIN_NANOS);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
