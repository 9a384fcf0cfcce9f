package dev.kq.pusher;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * One record on its way: the future that the caller holds and the callback that the producer holds, in one object,
 * since there is one per push. Completed once, by the producer's network thread, or by the pushing thread if the record
 * never got that far.
 */
final class Delivery extends CompletableFuture<PushResult> implements Callback {
    private static final AtomicIntegerFieldUpdater<Delivery> ENDED =
            AtomicIntegerFieldUpdater.newUpdater(Delivery.class, "ended");

    private final Outcomes outcomes;
    /** 1 after the first end: a producer whose transaction failed throws at a send, and calls back for it later too. */
    private volatile int ended;

    Delivery(Outcomes outcomes) {
        this.outcomes = outcomes;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
        if (ended != 0 || !ENDED.compareAndSet(this, 0, 1)) {
            return;
        }
        if (exception != null) {
            completeExceptionally(outcomes.failed(exception));
        } else if (metadata != null) {
            outcomes.delivered(metadata);
            complete(new PushResult(metadata.topic(), metadata.partition(), metadata.offset(), metadata.timestamp()));
        }
    }

    /** Waits for the end. Called by the pushing thread, never by the network thread. */
    PushResult await(String topic) {
        try {
            return get();
        } catch (ExecutionException e) {
            throw PushException.of(topic, e.getCause() == null ? e : e.getCause())
                    .thrownHere();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PushException(topic, "interrupted before the acknowledgement; it may still be written", e);
        }
    }

    /** What a delivery tells about its end, before the future completes. */
    interface Outcomes {
        void delivered(RecordMetadata metadata);

        /** The exception to fail the future with. */
        PushException failed(Exception cause);
    }
}
