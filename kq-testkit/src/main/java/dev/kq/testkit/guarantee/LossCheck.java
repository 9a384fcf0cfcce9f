package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Nothing is lost and nothing is made up: every record of the topic and every acknowledged one was handled to its end
 * by some process or is a dead letter, and every record that a process handled is one of the topic, with that key.
 *
 * <p>Sound, because a process writes the end before the handler returns, unbuffered: there is no way to commit a record
 * whose end is not in some log.
 */
public final class LossCheck implements Check {
    /** A check without settings. */
    public LossCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        TopicRecords records = evidence.records();
        for (int p = 0; p < records.partitions(); p++) {
            for (int i = 0; i < records.count(p); i++) {
                if (ends.of(p, i) == FirstEnds.NEVER) {
                    breaches.add("lost: " + p + "@" + records.offset(p, i) + " with the key " + records.key(p, i)
                            + " was never handled to its end");
                }
            }
        }
        Set<String> acknowledged = new HashSet<>(); // and compacted away since, it may be
        evidence.runs()
                .forEach(run -> run.events(Event.Kind.PUSHED).stream()
                        .filter(push -> !records.knows(push))
                        .forEach(push -> acknowledged.add(id(push))));
        for (Evidence.Run run : evidence.runs()) {
            for (Event begin : run.events(Event.Kind.BEGAN)) {
                if (!records.knows(begin) && !acknowledged.contains(id(begin))) {
                    breaches.add("made up: " + run.name() + " handled " + begin.line() + ", which was not pushed");
                }
            }
        }
        return breaches;
    }

    private static String id(Event event) {
        return event.partition() + "@" + event.offset() + " " + event.text();
    }
}
