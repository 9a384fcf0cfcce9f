package dev.kq.testkit.guarantee;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * No partition with something to do stands still: as long as more is pushed or polled than committed, what is committed
 * grows at least every so often. The same as {@link ProgressWatch}, when it is over.
 *
 * <p>A second in which no process wrote anything counts as one, however long it lasted: then the machine stood still.
 */
public final class ProgressCheck implements Check {
    private final Duration limit;

    /**
     * A check with a limit.
     *
     * @param limit for how long a partition may stand still. It must leave time for a session to end, for a rebalance,
     *     and for what was done to the brokers
     */
    public ProgressCheck(Duration limit) {
        this.limit = limit;
    }

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        replay(evidence, breaches);
        return breaches;
    }

    /** The longest time for which a partition with something to do stood still, in nanoseconds. */
    public static long longestNanos(Evidence evidence) {
        return new ProgressCheck(Duration.ofDays(1)).replay(evidence, new ArrayList<>());
    }

    private long replay(Evidence evidence, List<String> breaches) {
        int partitions = evidence.records().partitions();
        long[] known = new long[partitions];
        long[] committed = new long[partitions];
        List<Event> events = evidence.runs().stream()
                .flatMap(run -> run.events().stream())
                .sorted(Comparator.comparingLong(Event::nanos))
                .toList();
        if (events.isEmpty()) {
            return 0;
        }
        ProgressWatch watch = new ProgressWatch(partitions, limit, events.get(0).nanos());
        for (Event event : events) {
            int p = event.partition();
            boolean moves = p >= 0 && p < partitions;
            if (moves && event.kind() == Event.Kind.PUSHED) {
                known[p] = Math.max(known[p], event.offset() + 1);
            } else if (moves && event.kind() == Event.Kind.POLLED) {
                known[p] = Math.max(known[p], event.to());
            } else if (moves && event.kind() == Event.Kind.COMMITTED) {
                committed[p] = Math.max(committed[p], event.offset());
            } else if (event.kind() != Event.Kind.STATUS) {
                continue;
            }
            List<String> found = watch.look(event.nanos(), known, committed);
            if (breaches.isEmpty()) {
                breaches.addAll(found); // the same again until it moves
            }
        }
        return watch.longestNanos();
    }
}
