package dev.kq.benchmarks;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What came out of one round, by name; travels as one line of text. */
record QueueFigures(Map<String, Double> byName) {
    static final String PER_SECOND = "perSecond";
    static final String CPU_NANOS = "cpuNanosPerRecord";
    static final String CPU_SHARE = "cpuShare";
    static final String BYTES = "bytesPerRecord";
    static final String GC_MILLIS = "gcMillis";
    static final String COMPILE_MILLIS = "compileMillis";
    static final String PEAK_HEAP_MIB = "peakHeapMiB";
    static final String HELD = "held";
    static final String HANDLER_MICROS = "handlerMicros";
    static final String START_MILLIS = "startMillis";
    static final String STOP_MILLIS = "stopMillis";
    static final String HAND_OFF = "handOff";
    static final String END_TO_END = "endToEnd";

    QueueFigures {
        byName = Map.copyOf(byName);
    }

    double get(String name) {
        Double value = byName.get(name);
        return value == null ? Double.NaN : value;
    }

    String line() {
        return new TreeMap<>(byName).entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    static QueueFigures parse(String line) {
        return new QueueFigures(Arrays.stream(line.split(" "))
                .map(field -> field.split("=", 2))
                .collect(Collectors.toMap(field -> field[0], field -> Double.valueOf(field[1]))));
    }

    /** Adds the quantiles that are usual for latencies under {@code name}. */
    static void quantiles(Map<String, Double> to, String name, double[] sorted) {
        if (sorted.length > 0) {
            to.put(name + "P50", quantile(sorted, 0.5));
            to.put(name + "P99", quantile(sorted, 0.99));
            to.put(name + "P999", quantile(sorted, 0.999));
        }
    }

    private static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.ceil(sorted.length * share) - 1];
    }
}
