package dev.kq.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Lets contenders take turns at a job, so that what else the machine does meets all of them. Each has a JVM of its own
 * that lives through all its rounds and is warm when they count. Confined to the thread that measures.
 */
final class QueueTurns implements AutoCloseable {
    private final List<ContenderProcess> contenders = new ArrayList<>();

    QueueTurns(List<String> names, String... jvmOptions) {
        try {
            for (String name : names) {
                contenders.add(new ContenderProcess(name, jvmOptions));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The figures of each contender, round by round. */
    Result take(int warmUps, int rounds, Function<String, QueueJob> jobs) {
        return take(warmUps, rounds, jobs, job -> {});
    }

    /** The same, with something done beside each round. */
    Result take(int warmUps, int rounds, Function<String, QueueJob> jobs, Consumer<QueueJob> beside) {
        Map<String, List<QueueFigures>> figures = new LinkedHashMap<>();
        for (int round = -warmUps; round < rounds; round++) {
            Progress.say(round < 0 ? "warming up, " + -round + " to go" : "round " + (round + 1) + " of " + rounds);
            List<ContenderProcess> order = new ArrayList<>(contenders);
            Collections.rotate(order, round);
            if (round % 2 != 0) {
                Collections.reverse(order);
            }
            for (ContenderProcess contender : order) {
                QueueJob job = jobs.apply(contender.contender());
                contender.begin(job);
                beside.accept(job);
                QueueFigures one = contender.await();
                if (one == null) {
                    Progress.say(contender.contender() + " has ended before its time, and takes part no more");
                    contenders.remove(contender);
                    contender.close();
                } else if (round >= 0) {
                    figures.computeIfAbsent(contender.contender(), name -> new ArrayList<>())
                            .add(one);
                }
            }
        }
        return new Result(figures);
    }

    @Override
    public void close() {
        contenders.forEach(ContenderProcess::close);
    }

    /** What came out of the turns. */
    record Result(Map<String, List<QueueFigures>> byContender) {
        static final String[] MEMORY = {"B/record", "GC ms", "peak heap MiB"};

        /** The rounds of this one and then those of the other. */
        Result and(Result other) {
            Map<String, List<QueueFigures>> both = new LinkedHashMap<>();
            byContender.forEach((name, rounds) -> both.put(name, new ArrayList<>(rounds)));
            other.byContender.forEach((name, rounds) ->
                    both.computeIfAbsent(name, n -> new ArrayList<>()).addAll(rounds));
            return new Result(both);
        }

        double median(String contender, String figure) {
            return Median.of(rounds(contender), one -> one.get(figure)); // NaN of one that has ended
        }

        /** The median over the rounds of one contender's figure divided by that of another in the same round. */
        double ratio(String contender, String to, String figure) {
            List<QueueFigures> own = rounds(contender);
            List<QueueFigures> other = rounds(to);
            List<Double> ratios = IntStream.range(0, Math.min(own.size(), other.size()))
                    .mapToObj(i -> own.get(i).get(figure) / other.get(i).get(figure))
                    .toList();
            return Median.of(ratios, Double::doubleValue);
        }

        /** What a contender needed of the heap, in the columns {@link #MEMORY}. */
        String[] memory(String contender) {
            return new String[] {
                Table.whole(median(contender, QueueFigures.BYTES)),
                Table.whole(median(contender, QueueFigures.GC_MILLIS)),
                Table.whole(median(contender, QueueFigures.PEAK_HEAP_MIB))
            };
        }

        private List<QueueFigures> rounds(String contender) {
            return byContender.getOrDefault(contender, List.of());
        }
    }
}
