package dev.kq.testkit.guarantee;

import dev.kq.Ordering;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is known when it is over: what was pushed, what each process did, what was done to them, and what the
 * brokers have. Times are those of {@link Event#nanos}. {@link #in} collects it.
 *
 * @param ordering what the queues promise to keep in order
 * @param records what there was to handle
 * @param letters the records that ended as a dead letter
 * @param runs each process that ran
 * @param disturbances everything after which records may come again
 * @param committed the group's offset of each partition, after all processes stopped
 * @param ends the end of each partition's log
 */
public record Evidence(
        Ordering ordering,
        TopicRecords records,
        List<Letter> letters,
        List<Run> runs,
        List<Disturbance> disturbances,
        Map<Integer, Long> committed,
        Map<Integer, Long> ends) {

    /** The lists and maps are copied. */
    public Evidence {
        letters = List.copyOf(letters);
        runs = List.copyOf(runs);
        disturbances = List.copyOf(disturbances);
        committed = Map.copyOf(committed);
        ends = Map.copyOf(ends);
    }

    /** Begins to collect, with the event logs in this folder; all the processes must have ended. */
    public static EvidenceBuilder in(Path folder) {
        return new EvidenceBuilder(folder);
    }

    /**
     * A record that is in the dead-letter topic.
     *
     * @param partition where it came from
     * @param offset where it came from
     * @param nanos when the broker had it at the latest; {@link Long#MIN_VALUE} if that is not known
     */
    public record Letter(int partition, long offset, long nanos) {}

    /**
     * Something that may keep a process from committing what it handled, and until when that may last.
     *
     * @param run the one that it happened to, or {@link #ALL}
     * @param from when it began
     * @param to when it was over
     */
    public record Disturbance(String run, long from, long to) {
        /** Happened to all processes, as what happens to a broker does. */
        public static final String ALL = "all";

        boolean hit(String name) {
            return run.equals(ALL) || run.equals(name);
        }
    }

    /** How a process ended. */
    public enum Ending {
        /** It has not ended, or nobody knows how. */
        STILL_RUNNING,
        /** It was told to stop, and had the time that it wanted. */
        TERMINATED,
        /** It was killed. */
        KILLED
    }

    /**
     * One process from start to end.
     *
     * @param name its name, no other has the same
     * @param ending how it ended
     * @param exitCode meaningless as long as it runs
     * @param events what it wrote, in its order
     */
    public record Run(String name, Ending ending, int exitCode, List<Event> events) {
        private static final long SIGN_OF_LIFE_NANOS = 2_000_000_000L;

        /** The list is copied. */
        public Run {
            events = List.copyOf(events);
        }

        /** The events of one kind. */
        public List<Event> events(Event.Kind kind) {
            return events.stream().filter(event -> event.kind() == kind).toList();
        }

        /** When the process stood still, frozen or starved: the times without the sign of life that a status is. */
        public List<Disturbance> freezes() {
            List<Disturbance> freezes = new ArrayList<>();
            long last = Long.MAX_VALUE;
            for (Event event : events) {
                if (event.kind() == Event.Kind.STATUS) {
                    if (event.nanos() - last > SIGN_OF_LIFE_NANOS) {
                        freezes.add(new Disturbance(name, last, event.nanos()));
                    }
                    last = event.nanos();
                }
            }
            return freezes;
        }
    }

    /** What must be handled one after the other; null if the record has no such order. */
    @Nullable
    String lane(int partition, String key) {
        return switch (ordering) {
            case NONE -> null;
            case PARTITION -> Integer.toString(partition);
            case KEY -> key.equals(Event.NO_KEY) ? null : partition + "/" + key;
        };
    }

    @Nullable
    String lane(Event event) {
        return lane(event.partition(), event.text());
    }
}
