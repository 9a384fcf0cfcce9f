package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * Handles one message whose value is JSON, read into a type of the application. A value that cannot be read as that
 * type never reaches the handler: it fails as {@link NonRetryable}, with its bytes kept for the dead letter. Everything
 * else is as with {@link ConsumeHandler}.
 *
 * @param <T> what the value is read into: a record, a bean, a map, …
 */
@FunctionalInterface
public interface JsonHandler<T> {
    /**
     * Handles one message.
     *
     * @param key the record's key decoded as UTF-8, or null if the record has none
     * @param value the value, or null if the record has none (a tombstone) or it is the JSON null
     * @throws Exception any exception: the message failed
     */
    void handle(@Nullable String key, @Nullable T value) throws Exception;
}
