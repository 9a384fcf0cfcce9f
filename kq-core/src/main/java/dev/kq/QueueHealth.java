package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what is wrong at the moment, whoever notices it, and logs each trouble once when it begins and once when it
 * is over. Thread-safe.
 */
final class QueueHealth {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    /** With one of these, nothing is fetched, or not by everybody. */
    private static final Set<Trouble> NOT_READY =
            EnumSet.of(Trouble.BROKER_AWAY, Trouble.REFUSED, Trouble.TOPIC_MISSING, Trouble.POLL_FAILS);

    private final String queue;

    /** Who reports each trouble at the moment. */
    @GuardedBy("this")
    private final Map<Trouble, Set<Integer>> troubles = new HashMap<>();

    @GuardedBy("this")
    private final Map<Trouble, String> details = new HashMap<>();

    /** What was logged of {@link Trouble#REFUSED} since it began: behind one refusal there may be another. */
    @GuardedBy("this")
    private final Set<String> refusals = new HashSet<>();

    /** What can be wrong without the queue having to end. */
    enum Trouble {
        BROKER_AWAY("no broker answers"),
        REFUSED("no access"),
        TOPIC_MISSING("the topic does not exist"),
        POLL_FAILS("polling fails"),
        UNREADABLE("records cannot be read"),
        HANDLER_HANGS("a handler takes long"),
        PARTITION_STALLED("a partition makes no progress"),
        COMMITS_REFUSED("offsets cannot be committed"),
        DEAD_LETTERS_REFUSED("dead letters cannot be written");

        private final String text;

        Trouble(String text) {
            this.text = text;
        }
    }

    QueueHealth(String queue) {
        this.queue = queue;
    }

    /** A fetcher meets a trouble. */
    void report(Trouble trouble, int fetcher, String detail) {
        boolean isNew;
        synchronized (this) {
            Set<Integer> reporters = troubles.computeIfAbsent(trouble, t -> new HashSet<>());
            isNew = reporters.isEmpty();
            if (trouble == Trouble.REFUSED) {
                isNew = refusals.add(detail);
            }
            reporters.add(fetcher);
            details.put(trouble, detail);
        }
        if (isNew) {
            log.warn("{}: {}: {}; trying again until it works", queue, trouble.text, detail);
        }
    }

    /** A fetcher does not meet a trouble any more, or never did. */
    void clear(Trouble trouble, int fetcher) {
        boolean over;
        synchronized (this) {
            Set<Integer> reporters = troubles.get(trouble);
            over = reporters != null && reporters.remove(fetcher) && reporters.isEmpty();
            if (over && trouble == Trouble.REFUSED) {
                refusals.clear();
            }
        }
        if (over) {
            log.info("{}: no longer: {}", queue, trouble.text);
        }
    }

    /** The health of a queue that runs, or did until {@code fatal}. */
    synchronized Health health(boolean running, @Nullable Throwable fatal) {
        if (fatal != null) {
            return new Health(Health.Status.DOWN, false, false, List.of("stopped by " + fatal));
        }
        if (!running) {
            return new Health(Health.Status.DOWN, true, false, List.of("not running"));
        }
        List<String> reasons = new ArrayList<>();
        Set<Trouble> present = EnumSet.noneOf(Trouble.class);
        troubles.forEach((trouble, reporters) -> {
            if (!reporters.isEmpty()) {
                present.add(trouble);
                reasons.add(trouble.text + ": " + details.get(trouble));
            }
        });
        present.retainAll(NOT_READY);
        return new Health(
                reasons.isEmpty() ? Health.Status.UP : Health.Status.DEGRADED, true, present.isEmpty(), reasons);
    }
}
