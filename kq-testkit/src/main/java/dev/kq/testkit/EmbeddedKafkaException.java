package dev.kq.testkit;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Says why the broker in this JVM could not do what was asked: a taken port, a failed start, a topic that exists. */
public final class EmbeddedKafkaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EmbeddedKafkaException(String message) {
        super(message);
    }

    EmbeddedKafkaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** With the reason of the failure in the message, and without the wrapping of a future. */
    static EmbeddedKafkaException of(String what, Throwable failure) {
        Throwable cause = failure;
        if (failure instanceof ExecutionException) {
            cause = Objects.requireNonNullElse(failure.getCause(), failure);
        }
        return new EmbeddedKafkaException(
                what + ": " + Objects.requireNonNullElse(cause.getMessage(), cause.toString()), cause);
    }
}
