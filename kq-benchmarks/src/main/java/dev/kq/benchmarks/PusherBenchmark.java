package dev.kq.benchmarks;

import dev.kq.benchmarks.FullSpeed.Figures;
import dev.kq.pusher.PusherBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the pusher with Kafka's producer under the same settings, in short rounds that take turns, so that what else
 * the machine does meets both.
 */
public final class PusherBenchmark {
    private static final String HELP = """
            Kafka's bare producer against the Pusher: same settings, same broker, rounds that take turns.

              --quick     fewer and shorter rounds: a first look in under two minutes
              --defaults  instead, the settings that have a default: compression, chunk size, flush interval, buffer
              --markdown  the tables as Markdown, for docs/performance.md
              --help      this text
            """;

    private final BrokerProcess broker;
    private final boolean quick;
    private final boolean markdown;

    private PusherBenchmark(BrokerProcess broker, boolean quick, boolean markdown) {
        this.broker = broker;
        this.quick = quick;
        this.markdown = markdown;
    }

    /**
     * Measures and prints.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) throws IOException {
        List<String> options = List.of(args);
        if (options.contains("--help")
                || !Set.of("--quick", "--defaults", "--markdown").containsAll(options)) {
            System.out.print(HELP);
            return;
        }
        boolean quick = options.contains("--quick");
        boolean markdown = options.contains("--markdown");
        Machine machine = new Machine();
        try (BrokerProcess broker = BrokerProcess.forProducers()) {
            List<String> report = options.contains("--defaults")
                    ? new PusherDefaults(broker, quick, markdown).report()
                    : new PusherBenchmark(broker, quick, markdown).report();
            System.out.println((markdown ? "Measured on " : "") + machine.line() + ".\n");
            report.forEach(System.out::println);
        }
    }

    private List<String> report() {
        warmUp();
        return List.of(
                "At full speed, medians of " + fullSpeedRounds() + " rounds of each; the ratio is the median of Pusher"
                        + " to bare in neighbouring rounds.\n",
                fullSpeed().text(markdown),
                "Milliseconds from push to acknowledgement at " + SteadyRate.PER_SECOND
                        + " records a second from one thread.\n",
                latency().text(markdown));
    }

    private void warmUp() {
        Progress.say("warming up");
        String[] values = Payloads.values(100);
        Duration time = Duration.ofMillis(quick ? 1000 : 3000);
        duel((bare, pusher) -> {
            for (int i = 0; i < 2; i++) {
                for (Contender contender : List.of(bare, pusher)) {
                    FullSpeed.run(contender, 2, i == 0 ? null : Payloads.keys(), values, time);
                    SteadyRate.run(contender, null, values, time.dividedBy(3));
                }
            }
        });
    }

    private int fullSpeedRounds() {
        return quick ? 4 : 12;
    }

    private Table fullSpeed() {
        Table table = new Table(
                "value",
                "keys",
                "threads",
                "bare rec/s",
                "Pusher rec/s",
                "ratio",
                "bare B/push",
                "Pusher B/push",
                "bare CPU µs/push",
                "Pusher CPU µs/push");
        for (int bytes : List.of(100, 1000)) {
            for (boolean keyed : List.of(false, true)) {
                for (int threads : List.of(1, 8)) {
                    fullSpeed(table, bytes, keyed, threads);
                }
            }
        }
        return table;
    }

    private void fullSpeed(Table table, int bytes, boolean keyed, int threads) {
        String name = bytes + "B-" + (keyed ? "keys" : "no-keys") + "-" + threads + "-threads";
        String[] values = Payloads.values(bytes);
        String @Nullable [] keys = keyed ? Payloads.keys() : null;
        Duration time = Duration.ofMillis(quick ? 500 : 800);
        List<Figures> bares = new ArrayList<>();
        List<Figures> pushers = new ArrayList<>();
        duel((bare, pusher) -> {
            FullSpeed.run(bare, threads, keys, values, time);
            FullSpeed.run(pusher, threads, keys, values, time);
            for (int round = 0; round < fullSpeedRounds(); round++) {
                // Each goes first in turn.
                if (round % 2 == 0) {
                    bares.add(FullSpeed.run(bare, threads, keys, values, time));
                    pushers.add(FullSpeed.run(pusher, threads, keys, values, time));
                } else {
                    pushers.add(FullSpeed.run(pusher, threads, keys, values, time));
                    bares.add(FullSpeed.run(bare, threads, keys, values, time));
                }
            }
        });
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < bares.size(); round++) {
            ratios.add(pushers.get(round).perSecond() / bares.get(round).perSecond());
        }
        String ratio = Table.decimals(Median.of(ratios, Double::doubleValue));
        Progress.say(name + ": ratio " + ratio);
        table.row(
                bytes + " B",
                keyed ? "yes" : "no",
                String.valueOf(threads),
                Table.whole(Median.of(bares, Figures::perSecond)),
                Table.whole(Median.of(pushers, Figures::perSecond)),
                ratio,
                Table.whole(Median.of(bares, Figures::bytesPerPush)),
                Table.whole(Median.of(pushers, Figures::bytesPerPush)),
                Table.decimals(Median.of(bares, Figures::cpuMicrosPerPush)),
                Table.decimals(Median.of(pushers, Figures::cpuMicrosPerPush)));
    }

    private Table latency() {
        Table table = new Table("value", "keys", "bare p50", "Pusher p50", "bare p99", "Pusher p99");
        for (int bytes : List.of(100, 1000)) {
            for (boolean keyed : List.of(false, true)) {
                latency(table, bytes, keyed);
            }
        }
        return table;
    }

    private void latency(Table table, int bytes, boolean keyed) {
        String name = bytes + "B-" + (keyed ? "keys" : "no-keys") + "-latency";
        String[] values = Payloads.values(bytes);
        String @Nullable [] keys = keyed ? Payloads.keys() : null;
        Duration time = Duration.ofSeconds(quick ? 1 : 2);
        List<SteadyRate.Figures> bares = new ArrayList<>();
        List<SteadyRate.Figures> pushers = new ArrayList<>();
        duel((bare, pusher) -> {
            SteadyRate.run(bare, keys, values, Duration.ofMillis(300));
            SteadyRate.run(pusher, keys, values, Duration.ofMillis(300));
            for (int round = 0; round < (quick ? 2 : 6); round++) {
                bares.add(SteadyRate.run(bare, keys, values, time));
                pushers.add(SteadyRate.run(pusher, keys, values, time));
            }
        });
        Progress.say(name);
        table.row(
                bytes + " B",
                keyed ? "yes" : "no",
                Table.decimals(Median.of(bares, SteadyRate.Figures::p50)),
                Table.decimals(Median.of(pushers, SteadyRate.Figures::p50)),
                Table.decimals(Median.of(bares, SteadyRate.Figures::p99)),
                Table.decimals(Median.of(pushers, SteadyRate.Figures::p99)));
    }

    private void duel(Duel duel) {
        PusherBuilder settings = broker.pusher();
        try (Contender bare = new BareContender(settings);
                Contender pusher = new PusherContender(settings)) {
            duel.fight(bare, pusher);
        }
    }

    private interface Duel {
        void fight(Contender bare, Contender pusher);
    }
}
