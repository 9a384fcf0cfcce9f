package dev.kq.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * At the end everything is reconciled: for each partition what is committed is the end of the log and the number of
 * records pushed; and every process that was told to stop, not killed, ended with 0 and a report that says that nothing
 * was left running and as many records handled as it wrote ends.
 */
final class EndStateCheck implements Check {
    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        for (int p = 0; p < evidence.pushed().size(); p++) {
            long pushed = evidence.pushed().get(p).size();
            long end = evidence.ends().getOrDefault(p, 0L);
            long committed = evidence.committed().getOrDefault(p, 0L);
            if (committed != end || end != pushed) {
                breaches.add("end: partition " + p + " has " + committed + " committed, its log ends at " + end + ", "
                        + pushed + " were pushed");
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
