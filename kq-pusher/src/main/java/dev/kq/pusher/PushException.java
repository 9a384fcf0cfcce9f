package dev.kq.pusher;

import dev.kq.conf.Connection;
import dev.kq.errors.KqException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;

/**
 * A record that was not acknowledged. The message names the topic and the reason, never the payload; the cause, if
 * there is one, is Kafka's exception.
 *
 * <p>Most failures leave open whether the record was written: one by time, a connection that broke, too few replicas
 * after the write, a close that did not wait long enough, an interrupt. The broker may have stored it and its answer
 * was lost. What is refused before it is sent was surely not written: too large, no authorization, no such topic, a
 * pusher that is closed ({@link ClosedPusherException}).
 */
public class PushException extends KqException {
    private static final long serialVersionUID = 1L;

    private final String topic;
    private final String reason;

    PushException(String topic, String reason, @Nullable Throwable cause) {
        super("Push to topic " + topic + " failed: " + reason, cause);
        this.topic = topic;
        this.reason = reason;
    }

    static PushException of(String topic, Throwable cause) {
        if (cause instanceof PushException already) {
            return already;
        }
        if (cause instanceof InterruptException) {
            return new PushException(topic, "interrupted before the producer took the record", cause);
        }
        String message = cause.getMessage();
        return new PushException(topic, message == null ? cause.getClass().getSimpleName() : message, cause);
    }

    /** With what was refused in plain words, if that is what the failure is about. */
    static PushException of(String topic, Connection connection, Throwable cause) {
        String refusal = cause instanceof TopicAuthorizationException
                ? "not authorized to write to the topic"
                : connection.explain(cause);
        return refusal == null || cause instanceof PushException
                ? of(topic, cause)
                : new PushException(topic, refusal, cause);
    }

    /** The same failure with the stack of the thread that throws it now. */
    PushException thrownHere() {
        return new PushException(topic, reason, getCause() == null ? this : getCause());
    }

    /** The topic of the push; never null. */
    public String topic() {
        return topic;
    }
}
