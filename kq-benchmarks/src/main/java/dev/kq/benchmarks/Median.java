package dev.kq.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The middle of some numbers. */
final class Median {
    private Median() {}

    /** NaN if there are none. */
    static <T> double of(List<T> items, ToDoubleFunction<T> number) {
        double[] sorted = items.stream().mapToDouble(number).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
