package dev.kq.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * Nothing is lost and nothing is made up: every acknowledged record was handled to its end by some instance, and every
 * record that an instance handled was pushed, with that key.
 *
 * <p>Sound, because an instance writes the end before the handler returns, unbuffered: there is no way to commit a
 * record whose end is not in some log.
 */
final class LossCheck implements Check {
    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        FirstEnds ends = new FirstEnds(evidence);
        for (int p = 0; p < evidence.pushed().size(); p++) {
            List<Evidence.Push> pushed = evidence.pushed().get(p);
            for (int o = 0; o < pushed.size(); o++) {
                if (ends.of(p, o) == FirstEnds.NEVER) {
                    breaches.add("lost: " + p + "@" + o + ", " + pushed.get(o)
                            + ", was acknowledged and never handled to its end");
                }
            }
        }
        for (Evidence.Run run : evidence.runs()) {
            for (Event begin : run.events(Event.Kind.BEGAN)) {
                if (!evidence.knows(begin)) {
                    breaches.add("made up: " + run.name() + " handled " + begin.line() + ", which was not pushed");
                }
            }
        }
        return breaches;
    }
}
