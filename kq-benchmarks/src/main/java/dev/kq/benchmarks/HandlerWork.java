package dev.kq.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the handler of a round does with each record, and what it has seen of them: {@code none}, {@code sleep:MICROS},
 * {@code cpu:TOKENS} (see {@link #tokensPerMicro}), {@code latency} with a {@link SteadyFeed}, or {@code slow:MICROS},
 * which sleeps so long but a second for {@link #SLOW_KEY}. Thread-safe.
 */
final class HandlerWork implements BiConsumer<String, String> {
    private enum Kind {
        NONE,
        SLEEP,
        CPU,
        SLOW,
        LATENCY
    }

    static final String SLOW_KEY = "key-0";
    private static final long SECOND_MICROS = 1_000_000;

    private final Kind kind;
    private final long amount;
    private final LongAdder handled = new LongAdder();
    private final LongAdder busyNanos = new LongAdder();
    private final long[] handOff;
    private final long[] endToEnd;
    private final AtomicInteger measured = new AtomicInteger();

    HandlerWork(String work, long records) {
        String[] parts = work.split(":", 2);
        kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
        amount = parts.length == 1 ? 0 : Long.parseLong(parts[1]);
        int times = kind == Kind.LATENCY ? (int) records : 0;
        handOff = new long[times];
        endToEnd = new long[times];
    }

    @Override
    public void accept(String key, String value) {
        if (kind != Kind.NONE) {
            work(key, value);
        }
        if (kind != Kind.SLOW || !SLOW_KEY.equals(key)) { // of the slow ones it is the others that count
            handled.increment();
        }
    }

    private void work(String key, String value) {
        long begun = System.nanoTime();
        switch (kind) {
            case SLEEP -> sleep(amount);
            case CPU -> Blackhole.consumeCPU(amount);
            case SLOW -> {
                if (SLOW_KEY.equals(key)) {
                    sleep(SECOND_MICROS);
                    return;
                }
                sleep(amount);
            }
            default -> measure(value, begun);
        }
        busyNanos.add(System.nanoTime() - begun);
    }

    private void measure(String value, long now) {
        int index = measured.getAndIncrement();
        if (index < handOff.length) {
            handOff[index] = now - PollTimes.take(value);
            endToEnd[index] = now - SteadyFeed.pushedAt(value);
        }
    }

    /** How much work the processor does in a microsecond, for {@code cpu}. */
    static long tokensPerMicro() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) {
            long begun = System.nanoTime();
            Blackhole.consumeCPU(1_000_000);
            best = Math.min(best, System.nanoTime() - begun);
        }
        return 1_000_000_000 / best;
    }

    private static void sleep(long micros) {
        try {
            TimeUnit.MICROSECONDS.sleep(micros);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long handled() {
        return handled.sum();
    }

    /** How long a handler took, in the mean; 0 for one that does nothing. */
    double meanMicros() {
        long count = handled.sum();
        return count == 0 ? 0 : busyNanos.sum() / 1e3 / count;
    }

    /**
     * Microseconds from the return of poll to the handler, sorted; the first quarter, in which all warms up, is left
     * out.
     */
    double[] handOffMicros() {
        return settled(handOff);
    }

    /** Microseconds from the push to the handler, sorted; without the first quarter. */
    double[] endToEndMicros() {
        return settled(endToEnd);
    }

    private static double[] settled(long[] nanos) {
        return Arrays.stream(nanos, nanos.length / 4, nanos.length)
                .mapToDouble(n -> n / 1e3)
                .sorted()
                .toArray();
    }
}
