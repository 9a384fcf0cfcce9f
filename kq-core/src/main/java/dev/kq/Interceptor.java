package dev.kq;

/**
 * Stands around the handler of each message: can look at it before and after, measure, put things into a context, or
 * decide not to go on. Works with every kind of handler but the one for batches.
 */
@FunctionalInterface
public interface Interceptor {
    /**
     * Handles a message, as a rule by calling {@code next}.
     *
     * @param message the message
     * @param next the next interceptor, or the handler itself
     * @throws Exception any exception: the message failed
     */
    void around(Message message, MessageHandler next) throws Exception;
}
