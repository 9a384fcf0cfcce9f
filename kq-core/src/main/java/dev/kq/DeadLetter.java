package dev.kq;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler to send its message to the dead-letter topic without another attempt. Without a dead-letter topic
 * it is treated like a message whose attempts are used up, as {@code ForceCommit} says.
 */
public final class DeadLetter extends HandlerDecision {
    private static final long serialVersionUID = 1L;

    /** Gives the message up, with the reason for the dead letter's headers. */
    public DeadLetter(String reason) {
        this(reason, null);
    }

    /** Gives the message up because of a failure. */
    public DeadLetter(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
