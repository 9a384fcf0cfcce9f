package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.List;

/**
 * At the end everything is reconciled: for each partition what is committed is the end of the log, no record is above
 * it; and every process that was told to stop, not killed, ended with 0 and a report that says that nothing was left
 * running and as many records handled as it wrote ends.
 */
public final class EndStateCheck implements Check {
    /** A check without settings. */
    public EndStateCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        TopicRecords records = evidence.records();
        for (int p = 0; p < records.partitions(); p++) {
            long end = evidence.ends().getOrDefault(p, 0L);
            long committed = evidence.committed().getOrDefault(p, 0L);
            int count = records.count(p);
            long needed = count == 0 ? 0 : records.offset(p, count - 1) + 1;
            if (committed != end || end < needed) {
                breaches.add("end: partition " + p + " has " + committed + " committed, its log ends at " + end
                        + ", its last record at " + needed);
            }
        }
        evidence.runs().forEach(run -> checkRun(run, breaches));
        return breaches;
    }

    private static void checkRun(Evidence.Run run, List<String> breaches) {
        run.events(Event.Kind.DIED).forEach(died -> breaches.add("died: " + run.name() + ", " + died.text()));
        if (run.ending() == Evidence.Ending.KILLED) {
            return;
        }
        if (run.ending() == Evidence.Ending.STILL_RUNNING) {
            breaches.add("end: " + run.name() + " still runs");
            return;
        }
        if (run.exitCode() != 0) {
            breaches.add("end: " + run.name() + " ended with " + run.exitCode());
        }
        if (run.events().stream().allMatch(event -> event.kind() == Event.Kind.PUSHED)) {
            return; // it only pushed
        }
        List<Event> stops = run.events(Event.Kind.STOPPED);
        if (stops.size() != 1) {
            breaches.add("end: " + run.name() + " wrote " + stops.size() + " stop reports");
            return;
        }
        Event stop = stops.get(0);
        long ended = run.events(Event.Kind.ENDED).size();
        if (stop.partition() != 0) {
            breaches.add("end: " + run.name() + " left something running: " + stop.text());
        } else if (stop.offset() != ended) {
            breaches.add("end: " + run.name() + " handled " + ended + " but reports " + stop.text());
        }
    }
}
