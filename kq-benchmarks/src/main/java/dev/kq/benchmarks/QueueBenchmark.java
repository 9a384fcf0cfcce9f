package dev.kq.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Compares the queue with a raw poll loop and with other libraries. Each contender has a JVM of its own, all read the
 * same topic of the same broker with the same fetch settings, and they take turns.
 */
public final class QueueBenchmark {
    private static final String HELP = """
            kq, a raw poll loop and other libraries: same broker, same topic, same fetch settings, rounds that take turns.

              (nothing)   the short tables, in under ten minutes
              --axes      one thing varied at a time, more than an hour; --axis NAME is one of them: peers, jvms, keys,
                          sizes, partitions, queues, in-flight, processor, handlers, slow-key, idle
              --all       both
              --guard     a no-op handler against the poll loop and Spring Kafka, in two minutes
              --cost      what the meters cost: with them, without a registry, and the classes in --against
              --against DIR  with --cost or --guard: kq with the classes of this folder takes part too, such as
                          kq-core/target/classes of another build
              --charts DIR  draws the short tables and what --axes finds as PNG files into this folder
              --markdown  the tables as Markdown, for docs/performance.md
              --help      this text
            """;

    private QueueBenchmark() {}

    /**
     * Measures and prints.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) throws IOException {
        List<String> options = new ArrayList<>(List.of(args));
        String other = value(options, "--against");
        String charts = value(options, "--charts");
        String axis = value(options, "--axis");
        if (!axis.isEmpty() && !QueueAxes.NAMES.contains(axis)) {
            System.err.println("kq: there is no axis " + axis + ", only " + String.join(", ", QueueAxes.NAMES));
            System.exit(2);
        }
        if (!Set.of("--guard", "--cost", "--axes", "--all", "--markdown").containsAll(options)) {
            System.out.print(HELP);
            return;
        }
        Machine machine = new Machine();
        List<String> against = other.isEmpty() ? List.of() : List.of(QueueContenders.KQ + "@" + other);
        try (BrokerProcess broker = BrokerProcess.forConsumers()) {
            QueueRig rig = new QueueRig(broker.address(), options.contains("--markdown"));
            QueueTables tables = new QueueTables(rig);
            Path pictures = charts.isEmpty() ? null : Path.of(charts);
            QueueAxes axes = new QueueAxes(rig, pictures);
            if (!axis.isEmpty()) {
                axes.run(axis);
            } else if (options.contains("--guard")) {
                tables.guard(against);
            } else if (options.contains("--cost")) {
                tables.cost(against);
            } else if (!options.contains("--axes")) {
                tables.all(pictures);
            }
            if (options.contains("--all") || options.contains("--axes")) {
                for (String each : QueueAxes.NAMES) {
                    axes.run(each);
                }
            }
            System.out.println(machine.line() + ".");
        }
    }

    /** Takes an option and its value out of the list; "" if it is not there. */
    private static String value(List<String> options, String name) {
        int at = options.indexOf(name);
        if (at < 0 || at + 1 >= options.size()) {
            return "";
        }
        String value = options.get(at + 1);
        options.subList(at, at + 2).clear();
        return value;
    }
}
