package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Records come again only as far as they must. A partition that changes hands goes on at the first record that nobody
 * had finished: everything before that one was committed when the partition was given up. Only if the instance that
 * finished the record was killed or stood still, or a node was restarted, shortly after it did so, the record may come
 * again: what a crash makes undone is what was handled since the last commit.
 *
 * <p>Behind that first record others may have been finished already, those of other keys. They come again; no commit
 * could say that they are done. That bounds the number of repeats: each assignment repeats at most what was finished at
 * and above the place where it began, and an instance that does not know yet that it lost the partition at most what
 * the others finish meanwhile.
 *
 * <p>Sound as long as a commit at a handover succeeds when nothing is wrong. "Shortly" is many times the commit
 * interval of the instances.
 */
public final class RepeatCheck implements Check {
    private static final long SHORTLY_NANOS = 3_000_000_000L;

    /** A check without settings. */
    public RepeatCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        for (Evidence.Run run : evidence.runs()) {
            for (Reread reread : Reread.of(run, evidence.records())) {
                Event poll = reread.poll();
                int index = evidence.records().indexOf(poll.partition(), poll.offset());
                if (index < 0) {
                    continue; // compacted away since, or made up, which LossCheck says
                }
                long finished = ends.of(poll.partition(), index);
                String by = ends.runOf(poll.partition(), index);
                if (finished < poll.nanos() && by != null && !disturbed(evidence, by, finished)) {
                    breaches.add("repeat: " + run.name() + " began to read partition " + poll.partition() + " at @"
                            + poll.offset() + ", which " + by + " had finished " + (poll.nanos() - finished) / 1_000_000
                            + " ms before, and nothing had happened");
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
                .filter(end -> !seen.add(((long) end.partition() << 48) + end.offset()))
                .count();
    }

    /** How many repeats the assignments and freezes explain. */
    public static long bound(Evidence evidence) {
        FirstEnds ends = new FirstEnds(evidence);
        long bound = 0;
        for (Evidence.Run run : evidence.runs()) {
            for (Reread reread : Reread.of(run, evidence.records())) {
                Event poll = reread.poll();
                int size = evidence.records().count(poll.partition());
                for (int i = evidence.records().indexFrom(poll.partition(), poll.offset()); i < size; i++) {
                    bound += ends.of(poll.partition(), i) < poll.nanos() ? 1 : 0;
                }
            }
        }
        for (Evidence.Disturbance disturbance : evidence.disturbances()) {
            bound += ends.within(disturbance.from(), disturbance.to());
        }
        return bound;
    }

    private static boolean disturbed(Evidence evidence, String run, long nanos) {
        return evidence.disturbances().stream()
                .anyMatch(d -> d.hit(run) && nanos >= d.from() - SHORTLY_NANOS && nanos <= d.to());
    }
}
