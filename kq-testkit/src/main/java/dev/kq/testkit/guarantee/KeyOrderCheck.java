package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The records of a key, or of a partition if that is the ordering, are handled in their order, and go back only to what
 * is committed. Three things are checked:
 *
 * <ul>
 *   <li><b>No overtaking</b>, over all instances: when a record is begun, the one before it in its key has been handled
 *       to its end by some instance. An assignment begins at a committed offset, below which everything is finished,
 *       and from there on takes each key record by record; both ends and begins are written while the handler runs, so
 *       the end of the earlier one is older even if it happened in another process.
 *   <li><b>Forward</b>, within one process: the begins of a key only go up, except once for each time that the
 *       partition's records were read anew from another place than where its last poll ended. Only that can bring a
 *       record again, but for another attempt at one that failed. The number of those is an upper bound: a poll is
 *       noted before the engine gets it, and a handler of the assignment before may still begin after it.
 *   <li><b>Rewinds only to a committed offset</b>: a consumer that reads a partition from another place than where it
 *       stood (a new assignment) reads from no lower than the highest offset whose commit any instance had heard of
 *       before. That commit was the broker's before the new assignment asked for the offset, for once it has asked,
 *       nobody else may commit. If the process was frozen since its last poll of that partition, it may have asked
 *       before the freeze; then the commits before the freeze count. A poll that goes on where the consumer stood is
 *       free: an instance that does not know yet that it lost the partition still has records in its buffer.
 * </ul>
 */
public final class KeyOrderCheck implements Check {
    /** A check without settings. */
    public KeyOrderCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>(overtaking(evidence));
        Commits commits = new Commits(evidence);
        for (Evidence.Run run : evidence.runs()) {
            new OneRun(evidence, run, breaches).check();
            breaches.addAll(rewinds(evidence, run, commits));
        }
        return breaches;
    }

    private static List<String> overtaking(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        TopicRecords records = evidence.records();
        List<int[]> previous = IntStream.range(0, records.partitions())
                .mapToObj(partition -> previousInLane(evidence, partition))
                .toList();
        for (Evidence.Run run : evidence.runs()) {
            for (Event begin : run.events(Event.Kind.BEGAN)) {
                int p = begin.partition();
                int before = records.knows(begin) ? previous.get(p)[records.indexOf(p, begin.offset())] : -1;
                if (before >= 0 && ends.of(p, before) > begin.nanos()) {
                    breaches.add("overtaking: " + run.name() + " began " + p + "@" + begin.offset() + " of "
                            + begin.text() + " before @" + records.offset(p, before) + " was finished");
                }
            }
        }
        return breaches;
    }

    /** For each record of the partition the one that must come before it, -1 if there is none. */
    private static int[] previousInLane(Evidence evidence, int partition) {
        TopicRecords records = evidence.records();
        int[] previous = new int[records.count(partition)];
        Map<String, Integer> last = new HashMap<>();
        for (int i = 0; i < previous.length; i++) {
            String lane = evidence.lane(partition, records.key(partition, i));
            Integer before = lane == null ? null : last.put(lane, i);
            previous[i] = before == null ? -1 : before;
        }
        return previous;
    }

    private static List<String> rewinds(Evidence evidence, Evidence.Run run, Commits commits) {
        List<String> breaches = new ArrayList<>();
        List<Evidence.Disturbance> freezes = run.freezes();
        for (Reread reread : Reread.of(run, evidence.records())) {
            Event poll = reread.poll();
            long committed = commits.before(poll.partition(), reread.askedSince(freezes));
            if (poll.offset() < committed) {
                breaches.add("rewind: " + run.name() + " read " + poll.partition() + " from @" + poll.offset()
                        + ", but @" + committed + " was committed");
            }
        }
        return breaches;
    }

    /** The highest offset of a partition that was known to be committed at a time. */
    private static final class Commits {
        private final Map<Integer, NavigableMap<Long, Long>> highest = new HashMap<>();

        Commits(Evidence evidence) {
            evidence.runs().stream()
                    .flatMap(run -> run.events(Event.Kind.COMMITTED).stream())
                    .forEach(commit -> highest.computeIfAbsent(commit.partition(), p -> new TreeMap<>())
                            .merge(commit.nanos(), commit.offset(), Math::max));
            for (NavigableMap<Long, Long> byTime : highest.values()) {
                long[] max = {0};
                byTime.replaceAll((nanos, offset) -> max[0] = Math.max(max[0], offset));
            }
        }

        long before(int partition, long nanos) {
            Map.Entry<Long, Long> last =
                    highest.getOrDefault(partition, new TreeMap<>()).lowerEntry(nanos);
            return last == null ? 0 : last.getValue();
        }
    }

    /** What one process knows and did, event by event. */
    private static final class OneRun {
        private final Evidence evidence;
        private final Evidence.Run run;
        private final List<String> breaches;
        private final Map<Integer, Event> lastPoll = new HashMap<>();
        private final Map<Integer, Integer> restarts = new HashMap<>();
        private final Map<String, Event> lastInLane = new HashMap<>();
        private final Map<String, Integer> falls = new HashMap<>();

        OneRun(Evidence evidence, Evidence.Run run, List<String> breaches) {
            this.evidence = evidence;
            this.run = run;
            this.breaches = breaches;
        }

        void check() {
            for (Event event : run.events()) {
                switch (event.kind()) {
                    case POLLED -> polled(event);
                    case BEGAN -> began(event);
                    case FAILED -> failed(event);
                    default -> {}
                }
            }
        }

        private void polled(Event poll) {
            Event last = lastPoll.put(poll.partition(), poll);
            if (last != null && !(last.text().equals(poll.text()) && Reread.goesOn(last, poll, evidence.records()))) {
                restarts.merge(poll.partition(), 1, Integer::sum);
            }
        }

        private void failed(Event failure) {
            String lane = evidence.lane(failure);
            if (lane != null) {
                lastInLane.put(lane, failure);
            }
        }

        private void began(Event begin) {
            String lane = evidence.lane(begin);
            if (lane == null) {
                return;
            }
            Event last = lastInLane.put(lane, begin);
            boolean again = last != null && last.kind() == Event.Kind.FAILED && last.offset() == begin.offset();
            if (last != null && begin.offset() <= last.offset() && !again) {
                int fallen = falls.merge(lane, 1, Integer::sum);
                int allowed = restarts.getOrDefault(begin.partition(), 0);
                if (fallen > allowed) {
                    breaches.add("order: " + run.name() + " began " + begin.partition() + "@" + begin.offset() + " of "
                            + begin.text() + " after @" + last.offset() + ", back for the time no. " + fallen
                            + ", but only " + allowed + " new assignment(s)");
                }
            }
        }
    }
}
