package dev.kq;

/**
 * Handles one message, with its topic, partition, offset, headers and so on. Everything else is as with
 * {@link ConsumeHandler}.
 */
@FunctionalInterface
public interface MessageHandler {
    /**
     * Handles one message.
     *
     * @throws Exception any exception: the message failed
     */
    void handle(Message message) throws Exception;
}
