package dev.kq;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells whether a queue is live and ready: adds to what is known to be wrong that a fetcher does not come round its
 * loop, or is not in the group yet. Thread-safe.
 */
final class Liveness {
    private final long longestRoundNanos;
    private final List<Fetcher> fetchers;
    private final QueueLifecycle lifecycle;
    private final QueueHealth health;

    Liveness(KqConf conf, List<Fetcher> fetchers, QueueLifecycle lifecycle, QueueHealth health) {
        this.longestRoundNanos = Membership.longestRound(conf).toNanos();
        this.fetchers = fetchers;
        this.lifecycle = lifecycle;
        this.health = health;
    }

    Health health(long now) {
        Health known = health.health(lifecycle.running(), lifecycle.fatal());
        if (known.status() == Health.Status.DOWN) {
            return known;
        }
        List<String> silent = new ArrayList<>();
        List<String> joining = new ArrayList<>();
        for (int i = 0; i < fetchers.size(); i++) {
            Fetcher fetcher = fetchers.get(i);
            if (fetcher.silentNanos(now) > longestRoundNanos) {
                silent.add("fetcher " + i + " has not polled for " + fetcher.silentNanos(now) / 1_000_000_000 + " s");
            } else if (!fetcher.joined()) {
                joining.add("fetcher " + i + " is not in the group yet");
            }
        }
        List<String> reasons = new ArrayList<>(known.reasons());
        reasons.addAll(silent);
        if (known.ready()) { // else the reason is there
            reasons.addAll(joining);
        }
        return new Health(
                silent.isEmpty() ? known.status() : Health.Status.DEGRADED,
                silent.isEmpty(),
                known.ready() && silent.isEmpty() && joining.isEmpty(),
                reasons);
    }
}
