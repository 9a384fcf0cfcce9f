package dev.kq;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler to have its message tried again after a time of its choice, however many attempts there were: the
 * handler sees {@link Message#attempt()} and decides when it is enough.
 */
public final class RetryLater extends HandlerDecision {
    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * Tries again later.
     *
     * @param delay how long the message and those of its key wait; 0 for at once
     * @throws IllegalArgumentException if the delay is negative
     */
    public RetryLater(Duration delay) {
        this(delay, null);
    }

    /**
     * Tries again later, because of a failure.
     *
     * @throws IllegalArgumentException if the delay is negative
     */
    public RetryLater(Duration delay, @Nullable Throwable cause) {
        super("to be tried again after " + delay, cause);
        if (delay.isNegative()) {
            throw new IllegalArgumentException("delay is " + delay + ", must be 0 or more");
        }
        this.delay = delay;
    }

    /** How long the message waits. */
    public Duration delay() {
        return delay;
    }
}
