package dev.kq;

import dev.kq.conf.Connection;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;

/**
 * Reports failed polls and refused commits of one fetcher to the health. A single poll that does not fail proves
 * nothing, for the client waits before it connects again; so a trouble is over when records come or nothing failed for
 * a while.
 *
 * <p>Confined to the fetcher's thread.
 */
final class Refusals implements OffsetCommitter.Access {
    private static final long OVER_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    private final Connection connection;
    private final int fetcher;
    private final QueueHealth health;
    private boolean troubled;
    private boolean commitsRefused;
    private long lastFailure;

    Refusals(Connection connection, int fetcher, QueueHealth health) {
        this.connection = connection;
        this.fetcher = fetcher;
        this.health = health;
    }

    void report(KafkaException failure) {
        troubled = true;
        lastFailure = System.nanoTime();
        boolean refused = connection.explain(failure) != null;
        health.report(refused ? QueueHealth.Trouble.REFUSED : QueueHealth.Trouble.POLL_FAILS, fetcher, words(failure));
    }

    @Override
    public void commitRefused(KafkaException failure) {
        commitsRefused = true;
        health.report(QueueHealth.Trouble.COMMITS_REFUSED, fetcher, words(failure));
    }

    @Override
    public void commitAccepted() {
        if (commitsRefused) {
            commitsRefused = false;
            health.clear(QueueHealth.Trouble.COMMITS_REFUSED, fetcher);
        }
    }

    private String words(KafkaException failure) {
        String words = connection.explain(failure);
        return words == null ? BrokerWatch.rootMessage(failure) : words;
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
