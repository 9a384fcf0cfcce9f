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
                if (round >= 0) {
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
        double median(String contender, String figure) {
            return Median.of(rounds(contender), one -> one.get(figure));
        }

        /** The median over the rounds of one contender's figure divided by that of another in the same round. */
        double ratio(String contender, String to, String figure) {
            List<QueueFigures> own = rounds(contender);
            List<QueueFigures> other = rounds(to);
            List<Double> ratios = IntStream.range(0, own.size())
                    .mapToObj(i -> own.get(i).get(figure) / other.get(i).get(figure))
                    .toList();
            return Median.of(ratios, Double::doubleValue);
        }

        private List<QueueFigures> rounds(String contender) {
            List<QueueFigures> rounds = byContender.get(contender);
            if (rounds == null) {
                throw new IllegalArgumentException(contender + " did not take part");
            }
            return rounds;
        }
    }
}
