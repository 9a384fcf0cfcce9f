package dev.kq.benchmarks;

import dev.kq.benchmarks.QueueTopics.Content;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tables that are made often. */
final class QueueTables {
    /** For those who would take minutes for as many records as the others. */
    private static final Content FEW = new Content(200_000, 100, 10_000, 8);

    private final QueueRig rig;

    QueueTables(QueueRig rig) {
        this.rig = rig;
    }

    void guard(List<String> more) {
        List<String> names = new ArrayList<>(List.of(QueueContenders.RAW, QueueContenders.SPRING, QueueContenders.KQ));
        names.addAll(more);
        QueueJob job = rig.job(QueueRig.MANY, "none");
        Table table = new Table("contender", "records/s", "to the poll loop", "to Spring Kafka", "CPU ns/record");
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(6, 5, name -> job);
            for (String name : names) {
                table.row(
                        title(name),
                        Table.whole(result.median(name, QueueFigures.PER_SECOND)),
                        Table.decimals(result.ratio(name, QueueContenders.RAW, QueueFigures.PER_SECOND)),
                        Table.decimals(result.ratio(name, QueueContenders.SPRING, QueueFigures.PER_SECOND)),
                        Table.whole(result.median(name, QueueFigures.CPU_NANOS)));
            }
        }
        rig.add("A handler that does nothing.", table);
    }

    private static String title(String name) {
        return name.contains("@") ? "kq (other build)" : name;
    }

    void cost(List<String> more) {
        List<String> names = new ArrayList<>(List.of(QueueContenders.KQ, QueueContenders.KQ_METERED));
        names.addAll(more);
        rig.add("A handler that does nothing.", speed(names, QueueRig.MANY, 14, 15, QueueContenders.KQ));
    }

    /** @param charts the folder for the picture of it; null for none */
    void all(@Nullable Path charts) throws IOException {
        Table fast = speed(
                List.of(
                        QueueContenders.RAW,
                        QueueContenders.KQ,
                        QueueContenders.KQ_PARTITION,
                        QueueContenders.KQ_NONE,
                        QueueContenders.SPRING,
                        QueueContenders.BARRIER),
                QueueRig.MANY,
                8, // much is compiled anew in the first ones
                5,
                QueueContenders.RAW);
        rig.add(
                "A handler that does nothing: 2 million records of 100 B, 8 partitions, 10,000 keys, 8 consumers, medians"
                        + " of 5 rounds; the ratio is that to the raw poll loop in the same round.",
                fast);
        rig.add(
                "The same with 200,000 records, for those who would need minutes for 2 million; the ratio is that to kq.",
                speed(
                        List.of(
                                QueueContenders.KQ,
                                QueueContenders.PARALLEL_UNORDERED,
                                QueueContenders.PARALLEL_KEY,
                                QueueContenders.PARALLEL_OWN,
                                QueueContenders.REACTOR),
                        FEW,
                        1,
                        2,
                        QueueContenders.KQ));
        Table sleeping = SleepingHandlers.measure(rig, 1, 2, Map.of(5, List.of(64, 1000)));
        rig.add(
                "A handler that sleeps 5 ms; ideal is the number of handlers divided by what one took, in the mean.",
                sleeping);
        if (charts != null) {
            Map<String, Map<String, Double>> pictures = new LinkedHashMap<>();
            pictures.put("A handler that does nothing: share of the poll loop", fast.numbers("contender", "ratio"));
            pictures.put(
                    "1,000 handlers of 5 ms: records a second",
                    sleeping.where("handlers", Table.whole(1000)).numbers("contender", "records/s"));
            Charts.bars(charts.resolve("performance.png"), pictures);
        }
        rig.add(
                "At " + SteadyFeed.PER_SECOND + " records a second, MinBytes 1: microseconds from the return of poll to"
                        + " the handler, and from the push to the handler.",
                latency());
    }

    private Table speed(List<String> names, Content content, int warmUps, int rounds, String base) {
        Table table = new Table(
                "contender",
                "records/s",
                "ratio",
                "CPU ns/record",
                "CPU ratio",
                "B/record",
                "GC ms",
                "peak heap MiB",
                "start ms",
                "JIT ms");
        QueueJob job = rig.job(content, "none");
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(warmUps, rounds, name -> job);
            for (String name : names) {
                table.row(
                        title(name),
                        Table.whole(result.median(name, QueueFigures.PER_SECOND)),
                        Table.decimals(result.ratio(name, base, QueueFigures.PER_SECOND)),
                        Table.whole(result.median(name, QueueFigures.CPU_NANOS)),
                        Table.decimals(result.ratio(name, base, QueueFigures.CPU_NANOS)),
                        Table.whole(result.median(name, QueueFigures.BYTES)),
                        Table.whole(result.median(name, QueueFigures.GC_MILLIS)),
                        Table.whole(result.median(name, QueueFigures.PEAK_HEAP_MIB)),
                        Table.whole(result.median(name, QueueFigures.START_MILLIS)),
                        Table.whole(result.median(name, QueueFigures.COMPILE_MILLIS)));
            }
        }
        return table;
    }

    private Table latency() {
        Table table = new Table(Table.join(
                new String[] {
                    "contender", "hand-off p50", "p99", "p99.9", "end to end p50", "p99", "p99.9", "CPU % of a core"
                },
                QueueTurns.Result.MEMORY));
        List<String> names =
                List.of(QueueContenders.RAW, QueueContenders.KQ, QueueContenders.SPRING, QueueContenders.PARALLEL_KEY);
        int[] topic = {0};
        Function<String, QueueJob> jobs = name -> rig.job(rig.emptyTopic("latency-" + topic[0]++, 8), "latency")
                .with(QueueJob.RECORDS, 8 * SteadyFeed.PER_SECOND)
                .with(QueueJob.PROPERTY + "fetch.min.bytes", 1)
                .with(QueueJob.PROPERTY + "interceptor.classes", PollTimes.class.getName());
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(
                    1,
                    2,
                    jobs,
                    job -> SteadyFeed.run(
                            job.text(QueueJob.BROKERS), job.text(QueueJob.TOPIC), job.number(QueueJob.RECORDS)));
            for (String name : names) {
                table.row(Table.join(
                        new String[] {
                            name,
                            Table.whole(result.median(name, QueueFigures.HAND_OFF + "P50")),
                            Table.whole(result.median(name, QueueFigures.HAND_OFF + "P99")),
                            Table.whole(result.median(name, QueueFigures.HAND_OFF + "P999")),
                            Table.whole(result.median(name, QueueFigures.END_TO_END + "P50")),
                            Table.whole(result.median(name, QueueFigures.END_TO_END + "P99")),
                            Table.whole(result.median(name, QueueFigures.END_TO_END + "P999")),
                            Table.decimals(100 * result.median(name, QueueFigures.CPU_SHARE))
                        },
                        result.memory(name)));
            }
        }
        return table;
    }
}
