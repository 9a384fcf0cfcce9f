package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * An exception by which a handler decides itself what becomes of its message, whatever {@code Retry} says. Thrown from
 * any kind of handler.
 */
public abstract sealed class HandlerDecision extends RuntimeException
        permits RetryLater, Skip, DeadLetter, NonRetryable {
    private static final long serialVersionUID = 1L;

    HandlerDecision(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
