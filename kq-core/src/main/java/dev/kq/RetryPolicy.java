package dev.kq;

import java.util.random.RandomGenerator;

/**
 * Says how long a failed message waits for its next attempt. Immutable; safe for all threads if the random source is.
 */
final class RetryPolicy {
    private final RetryConf conf;
    private final RandomGenerator random;

    RetryPolicy(RetryConf conf, RandomGenerator random) {
        this.conf = conf;
        this.random = random;
    }

    /** Whether the attempts are used up. */
    boolean exhausted(int attempt) {
        return attempt >= conf.maxAttempts();
    }

    /** Nanoseconds to wait after this attempt failed: exponential, limited, and spread by the jitter. */
    long backoffNanos(int attempt) {
        double wait = (double) conf.backoff().toNanos() * Math.pow(conf.multiplier(), attempt - 1.0);
        double limited = Math.min(wait, (double) conf.maxBackoff().toNanos());
        double spread = 1 + conf.jitter() * (2 * random.nextDouble() - 1);
        return Math.round(Math.min(limited * spread, (double) conf.maxBackoff().toNanos()));
    }
}
