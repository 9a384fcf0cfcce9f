package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A poll that got records of a partition from another place than where the consumer's poll before it had ended: the
 * first of a new assignment; or from the same place, but after the partition was given up. Offsets that hold no record
 * (a transaction's marker, what compaction took) are no other place.
 *
 * @param before the consumer's poll of the partition before, null if there is none
 */
record Reread(Evidence.Run run, Event poll, @Nullable Event before) {
    static List<Reread> of(Evidence.Run run, TopicRecords records) {
        List<Reread> rereads = new ArrayList<>();
        Map<String, Event> last = new HashMap<>();
        Set<String> revoked = new HashSet<>();
        for (Event event : run.events()) {
            String place = event.text() + "/" + event.partition();
            if (event.kind() == Event.Kind.REVOKED) {
                revoked.add(place);
            } else if (event.kind() == Event.Kind.POLLED) {
                Event before = last.put(place, event);
                if (revoked.remove(place) || before == null || !goesOn(before, event, records)) {
                    rereads.add(new Reread(run, event, before));
                }
            }
        }
        return rereads;
    }

    /** Whether the poll begins where the one before it had ended. */
    static boolean goesOn(Event before, Event poll, TopicRecords records) {
        return before.to() == poll.offset()
                || (before.to() < poll.offset()
                        && records.indexFrom(poll.partition(), before.to())
                                == records.indexFrom(poll.partition(), poll.offset()));
    }

    /**
     * The time at which the consumer asked the broker for its offset at the earliest, as far as it matters for what may
     * have been committed by others since: the poll's own, or if the process stood still since the poll before, the
     * beginning of that.
     */
    long askedSince(List<Evidence.Disturbance> freezes) {
        long since = poll.nanos();
        for (Evidence.Disturbance freeze : freezes) {
            boolean polledSince = before != null && before.nanos() > freeze.to();
            if (freeze.from() < poll.nanos() && !polledSince) {
                since = Math.min(since, freeze.from());
            }
        }
        return since;
    }
}
