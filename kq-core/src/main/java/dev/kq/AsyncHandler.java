package dev.kq;

import java.util.concurrent.CompletionStage;

/**
 * Handles one message by starting something that ends later. The message is done when the stage completes, failed when
 * it completes with an exception or is cancelled; a null stage is a failure too. A worker waits for each stage, so
 * {@code Processors} is how many may be under way; with {@code Workers: virtual} thousands cost little. A stage that
 * never completes keeps its worker, unless {@code HandlerTimeout} is set: then, and when a stop has waited long enough,
 * it is cancelled, by {@link java.util.concurrent.CompletableFuture#cancel}, and nobody waits for it any more. What
 * goes on in spite of that does so beside the next attempt, or the next message of its key, so calls should have a
 * limit of time of their own that is shorter.
 */
@FunctionalInterface
public interface AsyncHandler {
    /**
     * Begins to handle one message.
     *
     * @return completes when the message is done
     * @throws Exception any exception: the message failed
     */
    CompletionStage<?> handle(Message message) throws Exception;
}
