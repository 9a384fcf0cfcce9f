package dev.kq.benchmarks;

import dev.kq.benchmarks.QueueTopics.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Compares the queue with a raw poll loop and with other libraries. Each contender has a JVM of its own, all read the
 * same topic of the same broker with the same fetch settings, and they take turns.
 */
public final class QueueBenchmark {
    private static final String HELP = """
            kq, a raw poll loop and other libraries: same broker, same topic, same fetch settings, rounds that take turns.

              (nothing)   the short tables, in under ten minutes
              --guard     a no-op handler against the poll loop and Spring Kafka, in a minute
              --cost      what the meters cost: with them, without a registry, and the classes in --against
              --against DIR  with --cost or --guard: kq with the classes of this folder takes part too, such as
                          kq-core/target/classes of another build
              --markdown  the tables as Markdown, for docs/performance.md
              --help      this text
            """;

    /** A handler that does nothing: so many records make a round long enough. */
    private static final Content MANY = new Content(2_000_000, 100, 10_000, 8);
    /** For those who would take minutes for the same. */
    private static final Content FEW = new Content(200_000, 100, 10_000, 8);

    private static final int CONSUMERS = 8;
    private static final int PROCESSORS = 8;
    private static final int IN_FLIGHT = 1000;

    private final BrokerProcess broker;
    private final QueueTopics topics;
    private final boolean markdown;
    private final List<String> against;

    private QueueBenchmark(BrokerProcess broker, boolean markdown, List<String> against) {
        this.broker = broker;
        this.topics = new QueueTopics(broker.address());
        this.markdown = markdown;
        this.against = against;
    }

    /**
     * Measures and prints.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) throws IOException {
        List<String> options = new ArrayList<>(List.of(args));
        List<String> against = new ArrayList<>();
        int at = options.indexOf("--against");
        if (at >= 0 && at + 1 < options.size()) {
            against.add(QueueContenders.KQ + "@" + options.get(at + 1));
            options.subList(at, at + 2).clear();
        }
        if (!Set.of("--guard", "--cost", "--markdown").containsAll(options)) {
            System.out.print(HELP);
            return;
        }
        Machine machine = new Machine();
        try (BrokerProcess broker = BrokerProcess.forConsumers()) {
            QueueBenchmark benchmark = new QueueBenchmark(broker, options.contains("--markdown"), against);
            List<String> report = options.contains("--guard")
                    ? List.of(benchmark.guard())
                    : options.contains("--cost") ? List.of(benchmark.cost()) : benchmark.tables();
            System.out.println(machine.line() + ".\n");
            report.forEach(System.out::println);
        }
    }

    private String guard() {
        List<String> names = with(QueueContenders.RAW, QueueContenders.SPRING, QueueContenders.KQ);
        return "No-op handler:\n\n" + speed(names, MANY, 6, 5, QueueContenders.RAW);
    }

    private String cost() {
        List<String> names = with(QueueContenders.KQ, QueueContenders.KQ_METERED);
        return "No-op handler:\n\n" + speed(names, MANY, 14, 15, QueueContenders.KQ);
    }

    private List<String> with(String... names) {
        return Stream.concat(Stream.of(names), against.stream()).toList();
    }

    private List<String> tables() {
        List<String> report = new ArrayList<>();
        report.add(
                "A handler that does nothing: 2 million records of 100 B, 8 partitions, 10,000 keys, 8 consumers, medians"
                        + " of 7 rounds; the ratio is that to the raw poll loop in the same round.\n");
        report.add(speed(
                with(
                        QueueContenders.RAW,
                        QueueContenders.KQ,
                        QueueContenders.KQ_PARTITION,
                        QueueContenders.KQ_NONE,
                        QueueContenders.SPRING,
                        QueueContenders.BARRIER),
                MANY,
                10,
                7,
                QueueContenders.RAW));
        report.add("The same with 200,000 records, for those who would need minutes for 2 million.\n");
        report.add(speed(
                List.of(
                        QueueContenders.KQ,
                        QueueContenders.PARALLEL_UNORDERED,
                        QueueContenders.PARALLEL_KEY,
                        QueueContenders.REACTOR),
                FEW,
                3,
                3,
                QueueContenders.KQ));
        report.add(
                "A handler that sleeps 5 ms; ideal is the number of handlers divided by what one took, in the mean.\n");
        report.add(sleeping());
        report.add(
                "At " + SteadyFeed.PER_SECOND + " records a second, MinBytes 1: microseconds from the return of poll to"
                        + " the handler, and from the push to the handler.\n");
        report.add(latency());
        report.add("A queue with its defaults on an empty topic.\n");
        report.add(idle());
        return report;
    }

    private QueueJob job(Content content, String work) {
        return new QueueJob(
                "",
                broker.address(),
                topics.with(content),
                "",
                content.records(),
                0,
                work,
                CONSUMERS,
                PROCESSORS,
                IN_FLIGHT,
                Map.of());
    }

    private String speed(List<String> names, Content content, int warmUps, int rounds, String base) {
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
        QueueJob job = job(content, "none");
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(warmUps, rounds, name -> job);
            for (String name : names) {
                table.row(
                        name.contains("@") ? "kq (other build)" : name,
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
        return table.text(markdown);
    }

    private String sleeping() {
        Table table = new Table("handlers", "contender", "records/s", "of ideal", "CPU µs/record");
        boolean virtual = Runtime.version().feature() >= 21;
        for (int handlers : List.of(64, 1000, 10_000)) {
            List<String> names = new ArrayList<>();
            if (handlers <= 1000) {
                names.addAll(List.of(
                        QueueContenders.KQ,
                        QueueContenders.BARRIER,
                        QueueContenders.PARALLEL_UNORDERED,
                        QueueContenders.PARALLEL_KEY));
            }
            if (virtual) {
                names.add(QueueContenders.KQ_VIRTUAL);
                names.add(QueueContenders.VIRTUAL);
            }
            QueueJob job = job(MANY, "sleep:5000").lasting(3000).handlers(handlers, Math.max(IN_FLIGHT, handlers / 2));
            Progress.say(handlers + " handlers");
            try (QueueTurns turns = new QueueTurns(names)) {
                QueueTurns.Result result = turns.take(1, 3, name -> job);
                for (String name : names) {
                    double perSecond = result.median(name, QueueFigures.PER_SECOND);
                    double ideal = handlers * 1e6 / result.median(name, QueueFigures.HANDLER_MICROS);
                    table.row(
                            String.valueOf(handlers),
                            name,
                            Table.whole(perSecond),
                            Table.decimals(perSecond / ideal),
                            Table.decimals(result.median(name, QueueFigures.CPU_NANOS) / 1000));
                }
            }
        }
        return table.text(markdown);
    }

    private String latency() {
        Table table = new Table(
                "contender", "hand-off p50", "p99", "p99.9", "end to end p50", "p99", "p99.9", "CPU % of a core");
        List<String> names =
                List.of(QueueContenders.RAW, QueueContenders.KQ, QueueContenders.SPRING, QueueContenders.PARALLEL_KEY);
        int[] topic = {0};
        Function<String, QueueJob> jobs = name -> {
            String fresh = "latency-" + topic[0]++;
            topics.create(fresh, MANY.partitions());
            return new QueueJob(
                    "",
                    broker.address(),
                    fresh,
                    "",
                    8L * SteadyFeed.PER_SECOND,
                    0,
                    "latency",
                    CONSUMERS,
                    PROCESSORS,
                    IN_FLIGHT,
                    Map.of("fetch.min.bytes", "1", "interceptor.classes", PollTimes.class.getName()));
        };
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result =
                    turns.take(1, 3, jobs, job -> SteadyFeed.run(job.brokers(), job.topic(), job.records()));
            for (String name : names) {
                table.row(
                        name,
                        Table.whole(result.median(name, QueueFigures.HAND_OFF + "P50")),
                        Table.whole(result.median(name, QueueFigures.HAND_OFF + "P99")),
                        Table.whole(result.median(name, QueueFigures.HAND_OFF + "P999")),
                        Table.whole(result.median(name, QueueFigures.END_TO_END + "P50")),
                        Table.whole(result.median(name, QueueFigures.END_TO_END + "P99")),
                        Table.whole(result.median(name, QueueFigures.END_TO_END + "P999")),
                        Table.decimals(100 * result.median(name, QueueFigures.CPU_SHARE)));
            }
        }
        return table.text(markdown);
    }

    private String idle() {
        Table table = new Table("contender", "CPU % of a core", "stop ms");
        List<String> names = List.of(QueueContenders.RAW, QueueContenders.KQ, QueueContenders.SPRING);
        QueueJob job = job(new Content(0, 100, 10_000, 8), "none").lasting(6000);
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(1, 3, name -> job);
            for (String name : names) {
                table.row(
                        name,
                        Table.decimals(100 * result.median(name, QueueFigures.CPU_SHARE)),
                        Table.whole(result.median(name, QueueFigures.STOP_MILLIS)));
            }
        }
        return table.text(markdown);
    }
}
