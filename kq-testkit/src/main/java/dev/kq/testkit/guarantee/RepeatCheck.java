package dev.kq.testkit.guarantee;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records come again only as far as they must. A partition that changes hands goes on at the first record that nobody
 * had finished: everything before that one was committed when the partition was given up. Only if the instance that
 * finished the record was killed or stood still, or a node was restarted, shortly after it did so, the record may come
 * again: what a crash makes undone is what was handled since the last commit.
 *
 * <p>Behind that first record others may have been finished already, those of other keys. They come again; no commit
 * could say that they are done. That bounds the number of repeats: each assignment repeats at most what was finished at
 * and above the place where it began, and an instance that does not know yet that it lost the partition at most what
 * the others finish meanwhile. A handler that took longer than 100 ms may have outlasted the drain, so that its
 * partition went to another one without its record: that comes again, and ends once more than it would.
 *
 * <p>Sound as long as a commit at a handover succeeds when nothing is wrong. "Shortly" is many times the commit
 * interval of the instances.
 */
public final class RepeatCheck implements Check {
    private static final long SHORTLY_NANOS = 3_000_000_000L;
    private static final long LONG_FLIGHT_NANOS = 100_000_000L;

    /** A check without settings. */
    public RepeatCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        List<Flight> flights = flights(evidence);
        Map<Integer, NavigableSet<Long>> handovers = handovers(evidence);
        for (Evidence.Run run : evidence.runs()) {
            for (Reread reread : Reread.of(run, evidence.records())) {
                Event poll = reread.poll();
                int index = evidence.records().indexOf(poll.partition(), poll.offset());
                if (index < 0) {
                    continue; // compacted away since, or made up, which LossCheck says
                }
                long finished = ends.of(poll.partition(), index);
                String by = ends.runOf(poll.partition(), index);
                Long before = handovers
                        .getOrDefault(poll.partition(), new TreeSet<>())
                        .lower(poll.nanos());
                if (before != null && finished < before) {
                    continue; // two assignments ago, behind one that was not finished; the last one did not get to it
                }
                boolean outlasted = flights.stream().anyMatch(flight -> flight.ended(poll, finished));
                if (finished < poll.nanos() && by != null && !outlasted && !disturbed(evidence, by, finished)) {
                    breaches.add("repeat: " + run.name() + " began to read partition " + poll.partition() + " at @"
                            + poll.offset() + ", which " + by + " had finished " + (poll.nanos() - finished) / 1_000_000
                            + " ms before, and nothing had happened" + since(evidence, by, finished));
                }
            }
        }
        long repeats = repeats(evidence);
        long bound = bound(evidence);
        if (repeats > bound) {
            breaches.add("repeat: " + repeats + " records came again, but only " + bound + " were to be read again");
        }
        return breaches;
    }

    /** How often a record was handled that had been handled before. */
    public static long repeats(Evidence evidence) {
        Set<Long> seen = new HashSet<>();
        return evidence.runs().stream()
                .flatMap(run -> run.events(Event.Kind.ENDED).stream())
                .filter(evidence.records()::knows)
                .filter(end -> !seen.add(((long) end.partition() << 48) + end.offset()))
                .count();
    }

    /** How many repeats the assignments and freezes explain. */
    public static long bound(Evidence evidence) {
        FirstEnds ends = new FirstEnds(evidence);
        List<Flight> flights = flights(evidence);
        long bound = 0;
        for (Evidence.Run run : evidence.runs()) {
            for (Reread reread : Reread.of(run, evidence.records())) {
                Event poll = reread.poll();
                int size = evidence.records().count(poll.partition());
                for (int i = evidence.records().indexFrom(poll.partition(), poll.offset()); i < size; i++) {
                    bound += ends.of(poll.partition(), i) < poll.nanos() ? 1 : 0;
                }
                bound += flights.stream()
                        .filter(flight -> flight.inTheAirAt(poll))
                        .count();
            }
        }
        for (Evidence.Disturbance disturbance : evidence.disturbances()) {
            bound += ends.within(disturbance.from(), disturbance.to());
        }
        return bound;
    }

    /** When each partition began to be read anew, by whichever process. */
    private static Map<Integer, NavigableSet<Long>> handovers(Evidence evidence) {
        Map<Integer, NavigableSet<Long>> handovers = new HashMap<>();
        evidence.runs().stream()
                .flatMap(run -> Reread.of(run, evidence.records()).stream())
                .map(Reread::poll)
                .forEach(poll -> handovers
                        .computeIfAbsent(poll.partition(), p -> new TreeSet<>())
                        .add(poll.nanos()));
        return handovers;
    }

    private static List<Flight> flights(Evidence evidence) {
        return evidence.runs().stream()
                .flatMap(run -> Flight.longOnes(run).stream())
                .toList();
    }

    /** A handler that was at work from one time to another. */
    private record Flight(int partition, long offset, long from, long to) {
        /** Those that a rebalance can have waited for in vain. */
        static List<Flight> longOnes(Evidence.Run run) {
            List<Flight> flights = new ArrayList<>();
            // Without an order, a record may be in two handlers of an instance, the earlier one of an assignment
            // before.
            // Of those, the one that began first is taken to end last: it is the one that may have outlasted a drain.
            Map<String, Deque<Event>> begun = new HashMap<>();
            for (Event event : run.events()) {
                String record = event.partition() + "@" + event.offset();
                if (event.kind() == Event.Kind.BEGAN) {
                    begun.computeIfAbsent(record, r -> new ArrayDeque<>()).push(event);
                } else if (event.kind() == Event.Kind.ENDED || event.kind() == Event.Kind.FAILED) {
                    Event begin = begun.getOrDefault(record, new ArrayDeque<>()).poll();
                    if (event.kind() == Event.Kind.ENDED
                            && begin != null
                            && event.nanos() - begin.nanos() > LONG_FLIGHT_NANOS) {
                        flights.add(new Flight(event.partition(), event.offset(), begin.nanos(), event.nanos()));
                    }
                }
            }
            return flights;
        }

        /** Whether it is the one that finished at that time the record where the reader begins. */
        boolean ended(Event poll, long finished) {
            return partition == poll.partition() && offset == poll.offset() && to == finished;
        }

        /** Whether the reader gets a record that is still being handled, which comes to an end twice then. */
        boolean inTheAirAt(Event poll) {
            return partition == poll.partition() && offset >= poll.offset() && from < poll.nanos() && to > poll.nanos();
        }
    }

    /** How long after the last disturbance of that process it was, for whoever looks for the reason. */
    private static String since(Evidence evidence, String run, long nanos) {
        return evidence.disturbances().stream()
                .filter(d -> d.hit(run) && d.to() < nanos)
                .mapToLong(Evidence.Disturbance::to)
                .max()
                .stream()
                .mapToObj(to -> " for " + (nanos - to) / 1_000_000 + " ms")
                .findAny()
                .orElse("");
    }

    private static boolean disturbed(Evidence evidence, String run, long nanos) {
        return evidence.disturbances().stream()
                .anyMatch(d -> d.hit(run) && nanos >= d.from() - SHORTLY_NANOS && nanos <= d.to());
    }
}
