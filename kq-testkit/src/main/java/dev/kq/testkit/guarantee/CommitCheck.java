package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A commit never passes an unfinished record and never goes back. When a process hears that an offset is committed,
 * every record below it has been handled to its end by some process or is a dead letter; and what one consumer hears
 * for one partition only grows.
 *
 * <p>Sound, because the ends were written before the handlers returned, so before the commit was sent. It also finds
 * what no crash happened to turn into a loss.
 */
public final class CommitCheck implements Check {
    /** A check without settings. */
    public CommitCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        TopicRecords records = evidence.records();
        List<long[]> allBelow = new ArrayList<>();
        for (int p = 0; p < records.partitions(); p++) {
            allBelow.add(ends.allBelow(p));
        }
        for (Evidence.Run run : evidence.runs()) {
            Map<String, Long> committed = new HashMap<>();
            for (Event commit : run.events(Event.Kind.COMMITTED)) {
                String where = run.name() + " committed " + commit.partition() + "@" + commit.offset();
                int below = records.indexFrom(commit.partition(), commit.offset());
                if (commit.offset() > evidence.ends().getOrDefault(commit.partition(), 0L)) {
                    breaches.add("committed too early: " + where + ", beyond the end of the log");
                } else if (commit.partition() < allBelow.size()
                        && allBelow.get(commit.partition())[below] > commit.nanos()) {
                    breaches.add("committed too early: " + where + ", but a record below was not finished");
                }
                Long before = committed.put(commit.text() + "/" + commit.partition(), commit.offset());
                if (before != null && before > commit.offset()) {
                    breaches.add("commit went back: " + where + " after " + before);
                }
            }
        }
        return breaches;
    }
}
