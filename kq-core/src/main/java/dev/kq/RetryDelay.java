package dev.kq;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides how long a failed message waits for its next attempt, in place of {@code Retry}. Called on the thread that
 * called the handler.
 */
@FunctionalInterface
public interface RetryDelay {
    /**
     * The wait before the next attempt.
     *
     * @param message the message that failed
     * @param exception what the handler threw
     * @param attempt how often the message has been tried, this time included
     * @return the wait, or null if there should be no further attempt; a negative one counts as 0
     */
    @Nullable
    Duration after(Message message, Exception exception, int attempt);
}
