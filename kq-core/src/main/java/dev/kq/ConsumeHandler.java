package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * Handles one message. The queue calls it on its own threads, several at once: with the default {@link Ordering#KEY},
 * messages of one key come one after the other and in order, messages of different keys come at the same time, so an
 * implementation must be thread-safe.
 *
 * <p>Returning normally means that the message is done. Every exception is a failure, handled as {@code Retry} and
 * {@code ForceCommit} say. An {@link Error} stops the queue. After a crash or a rebalance a message may come again.
 *
 * <p>kq: {@code ConsumeHandler.Consume}.
 */
@FunctionalInterface
public interface ConsumeHandler {
    /**
     * Handles one message.
     *
     * @param key the record's key decoded as UTF-8, or null if the record has none
     * @param value the record's value decoded as UTF-8, or null if the record has none (a tombstone)
     * @throws Exception any exception: the message failed
     */
    void consume(@Nullable String key, @Nullable String value) throws Exception;
}
