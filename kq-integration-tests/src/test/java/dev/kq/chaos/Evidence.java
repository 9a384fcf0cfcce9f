package dev.kq.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that is known when a scenario is over: what was pushed, what each instance did, what was done to them, and what
 * the broker has. Times are those of {@link Event#nanos}.
 *
 * @param pushed the acknowledged records of each partition, by offset
 * @param runs each process that ran
 * @param disturbances everything after which records may come again
 * @param committed the group's offset of each partition, after all instances stopped
 * @param ends the end of each partition's log
 */
record Evidence(
        List<List<Push>> pushed,
        List<Run> runs,
        List<Disturbance> disturbances,
        Map<Integer, Long> committed,
        Map<Integer, Long> ends) {

    /** An acknowledged record, the how manieth of its key it is. */
    record Push(String key, long sequence) {}

    /**
     * Something that may keep an instance from committing what it handled, and until when that may last.
     *
     * @param run the one that it happened to, or {@link #ALL}
     */
    record Disturbance(String run, long from, long to) {
        static final String ALL = "all";

        boolean hit(String name) {
            return run.equals(ALL) || run.equals(name);
        }
    }

    /** How a process ended. */
    enum Ending {
        STILL_RUNNING,
        TERMINATED,
        KILLED
    }

    /**
     * One process from start to end.
     *
     * @param exitCode meaningless as long as it runs
     * @param events what it wrote, in its order
     */
    record Run(String name, Ending ending, int exitCode, List<Event> events) {
        private static final long SIGN_OF_LIFE_NANOS = 2_000_000_000L;

        List<Event> events(Event.Kind kind) {
            return events.stream().filter(event -> event.kind() == kind).toList();
        }

        /** When the process stood still, frozen or starved: the times without the sign of life that a status is. */
        List<Disturbance> freezes() {
            List<Disturbance> freezes = new ArrayList<>();
            long last = Long.MAX_VALUE;
            for (Event status : events(Event.Kind.STATUS)) {
                if (status.nanos() - last > SIGN_OF_LIFE_NANOS) {
                    freezes.add(new Disturbance(name, last, status.nanos()));
                }
                last = status.nanos();
            }
            return freezes;
        }
    }

    /** Whether the event names a record that was pushed, with its key. */
    boolean knows(Event event) {
        return event.partition() >= 0
                && event.partition() < pushed.size()
                && event.offset() < pushed.get(event.partition()).size()
                && pushed.get(event.partition()).get((int) event.offset()).key().equals(event.text());
    }
}
