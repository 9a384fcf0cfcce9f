package dev.kq.pusher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what was pushed with what is in the topic. The promise: every acknowledged push is there exactly once, and
 * the pushes of one key are in their order. A push that failed may be there, once, or not.
 */
final class Ledger {
    /** A push, recognised by its key and its number among the pushes of that key. */
    record Entry(String key, int number) {}

    private Ledger() {}

    /** What is wrong; empty if the promise was kept. */
    static List<String> problems(Set<Entry> acknowledged, List<Entry> readInOrder) {
        List<String> problems = new ArrayList<>();
        Map<Entry, Integer> times = new HashMap<>();
        Map<String, Integer> last = new HashMap<>();
        for (Entry entry : readInOrder) {
            times.merge(entry, 1, Integer::sum);
            Integer before = last.put(entry.key(), entry.number());
            if (before != null && entry.number() < before) {
                problems.add("out of order: " + entry + " after number " + before);
            }
        }
        times.forEach((entry, count) -> {
            if (count > 1) {
                problems.add(count + " times: " + entry);
            }
        });
        for (Entry entry : acknowledged) {
            if (!times.containsKey(entry)) {
                problems.add("lost: " + entry);
            }
        }
        return problems;
    }
}
