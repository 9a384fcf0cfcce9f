package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler, or by kq for a message that cannot be decoded, when another attempt would fail in the same way:
 * the attempts count as used up. Classes of other exceptions can be declared as such with
 * {@link KqQueue.Builder#nonRetryable}.
 */
public final class NonRetryable extends HandlerDecision {
    private static final long serialVersionUID = 1L;

    /** A failure that trying again does not mend. */
    public NonRetryable(String message) {
        this(message, null);
    }

    /** A failure that trying again does not mend. */
    public NonRetryable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
