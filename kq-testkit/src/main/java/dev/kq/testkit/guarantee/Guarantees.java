package dev.kq.testkit.guarantee;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All checks over one piece of evidence. */
public final class Guarantees {
    /** How long a partition with something to do may stand still, if nobody says otherwise. */
    public static final Duration LONGEST_STALL = Duration.ofSeconds(30);

    private Guarantees() {}

    /** Runs all checks, with {@link #LONGEST_STALL}. */
    public static Verdict check(Evidence evidence) {
        return check(evidence, LONGEST_STALL);
    }

    /**
     * Runs all checks.
     *
     * @param longestStall for how long a partition with something to do may stand still
     */
    public static Verdict check(Evidence evidence, Duration longestStall) {
        Map<String, List<String>> breaches = new LinkedHashMap<>();
        for (Check check : List.of(
                new LossCheck(),
                new CommitCheck(),
                new KeyOrderCheck(),
                new OverlapCheck(),
                new RepeatCheck(),
                new ProgressCheck(longestStall),
                new EndStateCheck())) {
            breaches.put(check.name(), check.breaches(evidence));
        }
        long handled = evidence.runs().stream()
                .mapToLong(run -> run.events(Event.Kind.ENDED).size())
                .sum();
        return new Verdict(
                breaches,
                evidence.records().count(),
                handled,
                evidence.letters().size(),
                RepeatCheck.repeats(evidence),
                RepeatCheck.bound(evidence),
                Duration.ofNanos(ProgressCheck.longestNanos(evidence)));
    }
}
