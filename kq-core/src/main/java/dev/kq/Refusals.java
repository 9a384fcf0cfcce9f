package dev.kq;

import java.time.Duration;
import org.apache.kafka.common.KafkaException;

/**
 * Reports failed polls of one fetcher to the health. A single poll that does not fail proves nothing, for the client
 * waits before it connects again; so a trouble is over when records come or nothing failed for a while.
 *
 * <p>Confined to the fetcher's thread.
 */
final class Refusals {
    private static final long OVER_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    private final int fetcher;
    private final QueueHealth health;
    private boolean troubled;
    private long lastFailure;

    Refusals(int fetcher, QueueHealth health) {
        this.fetcher = fetcher;
        this.health = health;
    }

    void report(QueueHealth.Trouble trouble, KafkaException failure) {
        troubled = true;
        lastFailure = System.nanoTime();
        health.report(trouble, fetcher, BrokerWatch.rootMessage(failure));
    }

    void tick(long now) {
        if (troubled && now - lastFailure > OVER_AFTER_NANOS) {
            over();
        }
    }

    void over() {
        if (troubled) {
            troubled = false;
            health.clear(QueueHealth.Trouble.REFUSED, fetcher);
            health.clear(QueueHealth.Trouble.POLL_FAILS, fetcher);
        }
    }
}
