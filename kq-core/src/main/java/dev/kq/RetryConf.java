package dev.kq;

import java.time.Duration;
import java.util.Objects;

/**
 * How often a failed message is tried again, and after how long. YAML: the section {@code Retry}. The values are
 * checked when the {@link KqConf} is built.
 *
 * @param maxAttempts how often a message is tried in all, the first time included; 1 to 1000000, 1 = no retry. Default
 *     3
 * @param backoff the wait before the second attempt; 0 to 24 h. Default 200 ms
 * @param maxBackoff the longest wait between two attempts; {@code backoff} to 24 h. Default 30 s
 * @param multiplier by how much the wait grows from attempt to attempt; 1 to 100. Default 2
 * @param jitter the share of each wait that is random, so that failed messages do not come back all at once; 0 to 1.
 *     Default 0.2
 */
public record RetryConf(int maxAttempts, Duration backoff, Duration maxBackoff, double multiplier, double jitter) {
    /** What holds when nothing is written: 3 attempts, 200 ms growing twofold up to 30 s, a fifth of it random. */
    public static final RetryConf DEFAULT = new RetryConf(3, Duration.ofMillis(200), Duration.ofSeconds(30), 2.0, 0.2);

    /**
     * A retry setting.
     *
     * @throws NullPointerException if a duration is null
     */
    public RetryConf {
        Objects.requireNonNull(backoff, "backoff");
        Objects.requireNonNull(maxBackoff, "maxBackoff");
    }

    /** The same with another number of attempts, the first one included. */
    public RetryConf withMaxAttempts(int attempts) {
        return new RetryConf(attempts, backoff, maxBackoff, multiplier, jitter);
    }

    /** The same with other waits: before the second attempt, and the longest. */
    public RetryConf withBackoff(Duration first, Duration longest) {
        return new RetryConf(maxAttempts, first, longest, multiplier, jitter);
    }
}
