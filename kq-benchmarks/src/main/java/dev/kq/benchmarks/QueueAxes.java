package dev.kq.benchmarks;

import dev.kq.benchmarks.QueueTopics.Content;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One thing varied at a time, all else as in {@link QueueRig}. */
final class QueueAxes {
    static final List<String> NAMES = List.of(
            "peers",
            "jvms",
            "keys",
            "sizes",
            "partitions",
            "queues",
            "in-flight",
            "processor",
            "handlers",
            "slow-key",
            "idle");

    private static final int WARM_UPS = 4;
    private static final int ROUNDS = 3;
    private static final int JVMS = 7;
    private static final Content MILLION = new Content(1_000_000, 100, 10_000, 8);
    private static final List<String> FAST = List.of(QueueContenders.RAW, QueueContenders.KQ, QueueContenders.SPRING);

    private static final String[] COMPARED = {
        "records/s", "to the poll loop", "to Spring Kafka", "CPU ns/record", "B/record"
    };

    private final QueueRig rig;
    private final @Nullable Path charts;

    /** @param charts the folder for PNG files; null for none */
    QueueAxes(QueueRig rig, @Nullable Path charts) {
        this.rig = rig;
        this.charts = charts;
    }

    /** @param axis one of {@link #NAMES} */
    void run(String axis) throws IOException {
        switch (axis) {
            case "peers" -> peers();
            case "jvms" -> jvms();
            case "keys" -> keys();
            case "sizes" -> sizes();
            case "partitions" -> partitions();
            case "queues" -> queues();
            case "in-flight" -> inFlight();
            case "processor" -> processor();
            case "handlers" -> handlers();
            case "slow-key" -> slowKey();
            case "idle" -> idle();
            default -> throw new IllegalArgumentException("no axis " + axis);
        }
    }

    /** Those who are not in the first table because it would take too long. */
    private void peers() throws IOException {
        List<String> names = List.of(
                QueueContenders.RAW,
                QueueContenders.KQ,
                QueueContenders.PARALLEL_UNORDERED,
                QueueContenders.PARALLEL_KEY,
                QueueContenders.REACTOR);
        speed(
                "records",
                "A handler that does nothing, 2 million records of 100 B.",
                Map.of("2 million", QueueRig.MANY),
                names,
                2);
    }

    /**
     * Whether the JVM takes the making of keys and values into Kafka's own loop over the records differs from JVM to
     * JVM, for the poll loop as well: some 110 B and a tenth of the time for a record. So each is started several
     * times.
     */
    private void jvms() {
        QueueJob job = rig.job(QueueRig.MANY, "none");
        Table table = new Table(Table.join(new String[] {"JVMs", "contender"}, COMPARED));
        QueueTurns.Result all = new QueueTurns.Result(Map.of());
        for (int i = 1; i <= JVMS; i++) {
            Progress.say("JVMs " + i + " of " + JVMS);
            try (QueueTurns turns = new QueueTurns(FAST)) {
                QueueTurns.Result one = turns.take(12, ROUNDS, name -> job);
                FAST.forEach(name -> table.row(Table.join(new String[] {"started anew", name}, compared(one, name))));
                all = all.and(one);
            }
        }
        for (String name : FAST) {
            table.row(Table.join(new String[] {"all of them", name}, compared(all, name)));
        }
        rig.add("A handler that does nothing, 2 million records of 100 B, with new JVMs each time.", table);
    }

    private static String[] compared(QueueTurns.Result result, String name) {
        return new String[] {
            Table.whole(result.median(name, QueueFigures.PER_SECOND)),
            Table.decimals(result.ratio(name, QueueContenders.RAW, QueueFigures.PER_SECOND)),
            Table.decimals(result.ratio(name, QueueContenders.SPRING, QueueFigures.PER_SECOND)),
            Table.whole(result.median(name, QueueFigures.CPU_NANOS)),
            Table.whole(result.median(name, QueueFigures.BYTES))
        };
    }

    private void keys() throws IOException {
        Map<String, Content> points = new LinkedHashMap<>();
        points.put("one", MILLION.keys(1, 0));
        points.put("100, Zipf", MILLION.keys(100, 1));
        points.put("1,000", MILLION.keys(1000, 0));
        points.put("10,000", MILLION);
        points.put("100,000", MILLION.keys(100_000, 0));
        points.put("all different", MILLION.keys(1_000_000, 0));
        points.put("none", MILLION.keys(0, 0));
        speed("keys", "A handler that does nothing, 1 million records of 100 B, by the keys they have.", points);
    }

    private void sizes() throws IOException {
        Map<String, Content> points = new LinkedHashMap<>();
        points.put("100 B", MILLION);
        points.put("1 kB", new Content(500_000, 1_000, 10_000, 8));
        points.put("100 kB", new Content(5_000, 100_000, 10_000, 8));
        speed("size", "A handler that does nothing, by the size of the records.", points);
    }

    private void partitions() throws IOException {
        Map<String, Content> points = new LinkedHashMap<>();
        for (int partitions : List.of(1, 2, 4, 8, 16, 32, 64)) {
            points.put(String.valueOf(partitions), MILLION.partitions(partitions));
        }
        speed("partitions", "A handler that does nothing, 1 million records of 100 B, by partitions.", points);
    }

    private void speed(String axis, String what, Map<String, Content> points) throws IOException {
        Map<String, List<Double>> curves = speed(axis, what, points, FAST, WARM_UPS);
        draw(axis, what, "CPU ns for each record", List.copyOf(points.keySet()), curves);
    }

    private Map<String, List<Double>> speed(
            String axis, String what, Map<String, Content> points, List<String> names, int warmUps) {
        Table table = new Table(Table.join(
                new String[] {axis, "contender", "records/s", "ratio", "CPU ns/record"}, QueueTurns.Result.MEMORY));
        Map<String, List<Double>> curves = new LinkedHashMap<>();
        try (QueueTurns turns = new QueueTurns(names)) {
            for (Map.Entry<String, Content> point : points.entrySet()) {
                QueueJob job = rig.job(point.getValue(), "none");
                Progress.say(axis + ": " + point.getKey());
                QueueTurns.Result result = turns.take(warmUps, ROUNDS, name -> job);
                for (String name : names) {
                    double cpuNanos = result.median(name, QueueFigures.CPU_NANOS);
                    curves.computeIfAbsent(name, n -> new ArrayList<>()).add(cpuNanos);
                    table.row(Table.join(
                            new String[] {
                                point.getKey(),
                                name,
                                Table.whole(result.median(name, QueueFigures.PER_SECOND)),
                                Table.decimals(result.ratio(name, QueueContenders.RAW, QueueFigures.PER_SECOND)),
                                Table.whole(cpuNanos)
                            },
                            result.memory(name)));
                }
            }
        }
        rig.add(what, table);
        return curves;
    }

    private void queues() throws IOException {
        Table table = new Table("queues", "records/s", "CPU ns/record", "peak heap MiB", "start ms", "stop ms");
        List<Double> perRecord = new ArrayList<>();
        List<Integer> counts = List.of(1, 2, 4, 8, 16, 32, 64);
        String what = "Queues in one process, each with one consumer and two workers, each of which handles 250,000"
                + " records of 100 B. Those that join while others handle are in the figures.";
        try (QueueTurns turns =
                new QueueTurns(List.of(QueueContenders.KQ), "-Xmx4g")) { // 64 hold all of the topic each
            for (int queues : counts) {
                Content share = new Content(250_000, 100, 10_000, 8);
                QueueJob job = rig.job(share, "none")
                        .with(QueueJob.RECORDS, share.records() * queues)
                        .with(QueueJob.QUEUES, queues)
                        .with(QueueJob.CONSUMERS, 1)
                        .with(QueueJob.HANDLERS, 2);
                Progress.say(queues + " queues");
                QueueTurns.Result result = turns.take(WARM_UPS, ROUNDS, name -> job);
                perRecord.add(result.median(QueueContenders.KQ, QueueFigures.CPU_NANOS));
                table.row(
                        String.valueOf(queues),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.PER_SECOND)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.CPU_NANOS)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.PEAK_HEAP_MIB)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.START_MILLIS)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.STOP_MILLIS)));
            }
        }
        rig.add(what, table);
        draw(
                "queues",
                what,
                "CPU ns for each record",
                counts.stream().map(String::valueOf).toList(),
                Map.of(QueueContenders.KQ, perRecord));
    }

    /** Handlers that do not come back while it is looked at: all that may be fetched is, and stays. */
    private void inFlight() {
        Table table = new Table("in flight, at most", "held", "peak heap MiB", "records/s handled", "CPU % of a core");
        try (QueueTurns turns = new QueueTurns(List.of(QueueContenders.KQ), "-Xmx3g")) {
            for (int records : List.of(8_000, 100_000, 1_000_000)) {
                QueueJob job = rig.job(QueueRig.MANY, "sleep:1000000")
                        .lasting(5000)
                        .with(QueueJob.IN_FLIGHT, records / 8)
                        .with(QueueJob.QUEUE_BYTES, 1L << 30);
                Progress.say(records + " in flight");
                QueueTurns.Result result = turns.take(1, ROUNDS, name -> job);
                table.row(
                        Table.whole(records),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.HELD)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.PEAK_HEAP_MIB)),
                        Table.whole(result.median(QueueContenders.KQ, QueueFigures.PER_SECOND)),
                        Table.decimals(100 * result.median(QueueContenders.KQ, QueueFigures.CPU_SHARE)));
            }
        }
        rig.add("Handlers that sleep a second, so that a queue holds as many records of 100 B as it may.", table);
    }

    private void processor() {
        QueueJob job = rig.job(new Content(200_000, 100, 10_000, 8), "cpu:" + 100 * HandlerWork.tokensPerMicro())
                .with(QueueJob.RECORDS, 100_000);
        List<String> names = List.of(
                QueueContenders.RAW,
                QueueContenders.KQ,
                QueueContenders.SPRING,
                QueueContenders.BARRIER,
                QueueContenders.PARALLEL_UNORDERED,
                QueueContenders.PARALLEL_KEY,
                QueueContenders.REACTOR);
        Table table = new Table(Table.join(
                new String[] {"contender", "records/s", "ratio", "CPU µs/record"}, QueueTurns.Result.MEMORY));
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(WARM_UPS, ROUNDS, name -> job);
            for (String name : names) {
                table.row(Table.join(
                        new String[] {
                            name,
                            Table.whole(result.median(name, QueueFigures.PER_SECOND)),
                            Table.decimals(result.ratio(name, QueueContenders.RAW, QueueFigures.PER_SECOND)),
                            Table.decimals(result.median(name, QueueFigures.CPU_NANOS) / 1000)
                        },
                        result.memory(name)));
            }
        }
        rig.add("A handler that computes for 100 µs, 8 at a time.", table);
    }

    private void handlers() {
        Map<Integer, List<Integer>> handlersByMillis = new LinkedHashMap<>();
        handlersByMillis.put(1, List.of(1, 8, 64));
        handlersByMillis.put(5, List.of(64, 1000, 10_000));
        handlersByMillis.put(50, List.of(64, 1000, 10_000));
        rig.add(
                "Handlers that sleep; ideal is their number divided by what one took, in the mean.",
                SleepingHandlers.measure(rig, 2, 2, handlersByMillis));
    }

    /**
     * A key of ten thousand needs a second for each of its records; how many of the others are handled. Twice the same
     * queue, so that rounds with and without a slow key take turns.
     */
    private void slowKey() {
        String without = QueueContenders.KQ;
        String with = QueueContenders.KQ + "@";
        Table table = new Table("64 handlers, 5 ms", "records/s", "of those without a slow key");
        QueueJob slow = rig.job(QueueRig.MANY, "slow:5000").lasting(6000).with(QueueJob.HANDLERS, 64);
        QueueJob even = slow.with(QueueJob.WORK, "sleep:5000");
        try (QueueTurns turns = new QueueTurns(List.of(without, with))) {
            QueueTurns.Result result = turns.take(1, 5, name -> name.equals(with) ? slow : even);
            table.row("no slow key", Table.whole(result.median(without, QueueFigures.PER_SECOND)), "1.00");
            table.row(
                    "one of 10,000 takes 1 s",
                    Table.whole(result.median(with, QueueFigures.PER_SECOND)),
                    Table.decimals(result.ratio(with, without, QueueFigures.PER_SECOND)));
        }
        rig.add("One slow key among 10,000; its own records are not counted.", table);
    }

    /** Long after the start, when nothing is compiled any more. */
    private void idle() {
        Table table = new Table("contender", "consumers", "CPU % of a core", "JIT ms", "stop ms");
        Map<Integer, List<String>> contenders = Map.of(QueueRig.CONSUMERS, FAST, 1, List.of(QueueContenders.KQ));
        QueueJob job =
                rig.job(rig.emptyTopic("idle", 8), "none").lasting(15_000).with(QueueJob.SETTLE_MILLIS, 40_000);
        contenders.forEach((consumers, names) -> {
            for (String name : names) {
                try (QueueTurns turns = new QueueTurns(List.of(name))) {
                    QueueTurns.Result result = turns.take(0, 1, n -> job.with(QueueJob.CONSUMERS, consumers));
                    table.row(
                            name,
                            String.valueOf(consumers),
                            Table.decimals(100 * result.median(name, QueueFigures.CPU_SHARE)),
                            Table.whole(result.median(name, QueueFigures.COMPILE_MILLIS)),
                            Table.whole(result.median(name, QueueFigures.STOP_MILLIS)));
                }
            }
        });
        rig.add("An empty topic, from 40 seconds after the start on, for 15 seconds.", table);
    }

    private void draw(String name, String title, String unit, List<String> points, Map<String, List<Double>> curves)
            throws IOException {
        if (charts != null) {
            String heading = title.replaceFirst("[,;.].*", "");
            Charts.curves(charts.resolve("performance-" + name + ".png"), heading, name, unit, points, curves);
        }
    }
}
