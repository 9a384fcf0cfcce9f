package dev.kq.examples.payments;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which offsets were handled, as ranges, to recognise a message that comes again. Only what is handled out of
 * order makes ranges, so it stays small however many messages there are. Thread-safe.
 */
final class HandledOffsets {
    /** Per partition: first offset of a range → offset behind it. Each map is guarded by itself. */
    private final Map<Integer, NavigableMap<Long, Long>> byPartition = new ConcurrentHashMap<>();

    boolean contains(int partition, long offset) {
        NavigableMap<Long, Long> ranges = byPartition.get(partition);
        if (ranges == null) {
            return false;
        }
        synchronized (ranges) {
            Map.Entry<Long, Long> before = ranges.floorEntry(offset);
            return before != null && before.getValue() > offset;
        }
    }

    /** Adds an offset that is not there yet. */
    void add(int partition, long offset) {
        NavigableMap<Long, Long> ranges = byPartition.computeIfAbsent(partition, p -> new TreeMap<>());
        synchronized (ranges) {
            Map.Entry<Long, Long> before = ranges.floorEntry(offset);
            long first = before != null && before.getValue() == offset ? before.getKey() : offset;
            Long end = ranges.remove(offset + 1);
            ranges.put(first, end == null ? offset + 1 : end);
        }
    }

    /** The ranges of a partition, first offset → offset behind the last. */
    NavigableMap<Long, Long> ranges(int partition) {
        NavigableMap<Long, Long> ranges = byPartition.getOrDefault(partition, new TreeMap<>());
        synchronized (ranges) {
            return new TreeMap<>(ranges);
        }
    }
}
