package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/**
 * The offset tracker beside its oracle and the engine under random load, with one seed after the other from
 * {@code kq.soak.seed} (default 1) on, for {@code kq.fuzz.seconds} (default 3) in all. Not found by its name: the
 * profile {@code soak} runs it, beside {@code LoaderFuzzTest}.
 */
class FuzzSoak {
    private final long first = Long.getLong("kq.soak.seed", 1);
    private final long nanosEach = Integer.getInteger("kq.fuzz.seconds", 3) * 1_000_000_000L / 2;

    @Test
    void offsetTracker_agreesWithTheOracle() {
        repeat("offset tracker", OffsetTrackerTest::compareWithTheOracle);
    }

    @Test
    void engine_keepsItsInvariants() {
        Ordering[] orderings = Ordering.values();
        repeat("engine", seed -> {
            Ordering ordering = orderings[(int) (seed % orderings.length)];
            try {
                assertThat(EngineStress.run(ordering, seed))
                        .as("%s, seed %d", ordering, seed)
                        .isEmpty();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void repeat(String what, LongConsumer test) {
        long end = System.nanoTime() + nanosEach;
        long seed = first;
        do {
            test.accept(seed++);
        } while (System.nanoTime() < end);
        System.out.printf("%s: seeds %d to %d%n", what, first, seed - 1);
    }
}
