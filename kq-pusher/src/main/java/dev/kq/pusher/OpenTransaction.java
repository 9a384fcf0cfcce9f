package dev.kq.pusher;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The transaction that a body sees. Remembers the first failure of its records, since one is enough to abort; lets no
 * record into the producer once it has ended, where it would join the next transaction. Used by the body's thread and
 * those it shares it with; failures come from the producer's network thread too.
 */
final class OpenTransaction implements Transaction, Delivery.Outcomes {
    private final Delivery.Outcomes counted;
    private final BiFunction<PushRecord, Delivery.Outcomes, Delivery> sending;
    private final AtomicReference<@Nullable PushException> failure = new AtomicReference<>();
    /** Shared by pushes, exclusive for the end: the end waits for the pushes that have begun. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    /** Read and written under the lock. */
    private boolean over;

    OpenTransaction(Delivery.Outcomes counted, BiFunction<PushRecord, Delivery.Outcomes, Delivery> sending) {
        this.counted = counted;
        this.sending = sending;
    }

    @Override
    public CompletableFuture<PushResult> push(PushRecord record) {
        lock.readLock().lock();
        try {
            if (over) {
                throw new IllegalStateException("this transaction is over; push in a new one");
            }
            // If the record is refused, its future fails in here, before anybody has it: nothing runs under the lock.
            return sending.apply(record, this);
        } finally {
            lock.readLock().unlock();
        }
    }

    void end() {
        lock.writeLock().lock();
        try {
            over = true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The first failure of a record; null if there is none so far. */
    @Nullable
    PushException failure() {
        return failure.get();
    }

    @Override
    public void delivered(RecordMetadata metadata) {
        counted.delivered(metadata);
    }

    @Override
    public PushException failed(Exception cause) {
        PushException failed = counted.failed(cause);
        failure.compareAndSet(null, failed);
        return failed;
    }
}
