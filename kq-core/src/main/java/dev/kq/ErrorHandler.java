package dev.kq;

/**
 * Is told of each failure of a handler, before it is decided whether the message is tried again. The default one logs
 * topic, partition, offset, attempt and the exception, never the message's key or value.
 *
 * <p>Called on the thread that called the handler; an exception that it throws is logged and changes nothing. kq:
 * {@code ConsumeErrorHandler}.
 */
@FunctionalInterface
public interface ErrorHandler {
    /**
     * A handler failed.
     *
     * @param message the message that failed
     * @param exception what the handler threw
     * @param attempt how often the message has been tried, this time included
     */
    void onError(Message message, Exception exception, int attempt);
}
