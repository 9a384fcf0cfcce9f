package dev.kq.testkit.guarantee;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came out of the checks.
 *
 * @param breaches what each check found, by its name; an empty list if the promise was kept
 * @param records how many records there were to handle
 * @param handled how often one was handled to its end
 * @param letters how many dead letters there are
 * @param repeats how often a record was handled that had been handled before
 * @param repeatBound how many repeats what happened explains
 * @param longestStall for how long at most a partition with something to do stood still
 */
public record Verdict(
        Map<String, List<String>> breaches,
        long records,
        long handled,
        int letters,
        long repeats,
        long repeatBound,
        Duration longestStall) {
    private static final int SHOWN = 10;

    /** The names of the checks that found something. */
    public List<String> breached() {
        return breaches.entrySet().stream()
                .filter(check -> !check.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether no check found anything. */
    public boolean kept() {
        return breached().isEmpty();
    }

    /** @throws AssertionError with the first breaches of each check, if there are any */
    public void assertKept() {
        if (!kept()) {
            throw new AssertionError(toString());
        }
    }

    /** The figures on one line, and the first ten breaches of each check below. */
    @Override
    public String toString() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        breaches.forEach((check, found) -> counts.put(check, found.size()));
        String some = breaches.values().stream()
                .flatMap(found -> found.stream().limit(SHOWN))
                .map(breach -> "\n  " + breach)
                .collect(Collectors.joining());
        return "%d records, handled %d times, %d dead letters; breaches %s; %d repeats of at most %d; longest stall %d ms%s"
                .formatted(records, handled, letters, counts, repeats, repeatBound, longestStall.toMillis(), some);
    }
}
