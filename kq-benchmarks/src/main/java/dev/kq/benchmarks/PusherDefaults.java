package dev.kq.benchmarks;

import dev.kq.benchmarks.FullSpeed.Figures;
import dev.kq.pusher.PusherBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Measures the settings that the pusher has its own defaults for. They are all the producer's, so it is measured on the
 * bare producer, which also tells how many bytes it sends. Every pass goes through all settings.
 */
final class PusherDefaults {
    private static final int VALUE_BYTES = 400;
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final Setting NOW = new Setting("snappy", 64 * KIB, 5, 32 * MIB);

    private final BrokerProcess broker;
    private final boolean quick;
    private final boolean markdown;
    private final String[] keys = Payloads.keys();
    private final String[] values = Payloads.values(VALUE_BYTES);

    PusherDefaults(BrokerProcess broker, boolean quick, boolean markdown) {
        this.broker = broker;
        this.quick = quick;
        this.markdown = markdown;
    }

    List<String> report() {
        int passes = quick ? 2 : 7;
        Map<Setting, List<Fast>> fast = new LinkedHashMap<>();
        Map<Setting, List<Steady>> steady = new LinkedHashMap<>();
        Progress.say("warming up");
        for (Setting setting : steadySettings()) {
            Fast unused = fast(setting);
        }
        for (int pass = 1; pass <= passes; pass++) {
            Progress.say("pass " + pass + " of " + passes);
            for (Setting setting : fastSettings()) {
                fast.computeIfAbsent(setting, ignored -> new ArrayList<>()).add(fast(setting));
            }
            for (Setting setting : steadySettings()) {
                steady.computeIfAbsent(setting, ignored -> new ArrayList<>()).add(steady(setting));
            }
        }
        return List.of(
                "Values of " + VALUE_BYTES + " B with a key, one thread, 8 partitions, medians of " + passes
                        + " passes through all rows. At full speed; the ratio is to " + NOW.text()
                        + " in the same pass.\n",
                fastTable(fast).text(markdown),
                "Milliseconds from push to acknowledgement at " + SteadyRate.PER_SECOND + " records a second.\n",
                steadyTable(steady).text(markdown));
    }

    private static Set<Setting> fastSettings() {
        Set<Setting> settings = new LinkedHashSet<>();
        for (String compression : List.of("none", "snappy", "lz4", "zstd")) {
            for (int chunk : List.of(16 * KIB, 64 * KIB, 256 * KIB, MIB)) {
                settings.add(new Setting(compression, chunk, NOW.flushMillis(), NOW.bufferBytes()));
            }
        }
        for (int flush : List.of(0, 10)) {
            settings.add(new Setting(NOW.compression(), NOW.chunkBytes(), flush, NOW.bufferBytes()));
        }
        for (int buffer : List.of(8 * MIB, 128 * MIB)) {
            settings.add(new Setting(NOW.compression(), NOW.chunkBytes(), NOW.flushMillis(), buffer));
        }
        return settings;
    }

    private static Set<Setting> steadySettings() {
        Set<Setting> settings = new LinkedHashSet<>();
        for (String compression : List.of("none", "snappy", "lz4", "zstd")) {
            for (int flush : List.of(0, 5, 10)) {
                settings.add(new Setting(compression, NOW.chunkBytes(), flush, NOW.bufferBytes()));
            }
        }
        return settings;
    }

    private Fast fast(Setting setting) {
        try (BareContender producer = setting.producer(broker)) {
            FullSpeed.run(producer, 1, keys, values, Duration.ofMillis(200));
            Sent before = Sent.by(producer);
            Figures figures = FullSpeed.run(producer, 1, keys, values, Duration.ofMillis(quick ? 300 : 600));
            return new Fast(figures, Sent.by(producer).perRecordSince(before));
        }
    }

    private Steady steady(Setting setting) {
        try (BareContender producer = setting.producer(broker)) {
            SteadyRate.run(producer, keys, values, Duration.ofMillis(100));
            Sent before = Sent.by(producer);
            SteadyRate.Figures times = SteadyRate.run(producer, keys, values, Duration.ofMillis(quick ? 300 : 1000));
            return new Steady(times, Sent.by(producer).perRecordSince(before));
        }
    }

    private static Table fastTable(Map<Setting, List<Fast>> rounds) {
        Table table = new Table(
                "compression", "chunk", "flush", "buffer", "rec/s", "ratio", "client CPU µs/push", "B/record sent");
        List<Fast> now = rounds.getOrDefault(NOW, List.of());
        rounds.forEach((setting, fast) -> {
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < fast.size(); i++) {
                ratios.add(
                        fast.get(i).figures().perSecond() / now.get(i).figures().perSecond());
            }
            table.row(
                    setting.compression(),
                    setting.chunkBytes() / KIB + " KiB",
                    setting.flushMillis() + " ms",
                    setting.bufferBytes() / MIB + " MiB",
                    Table.whole(Median.of(fast, round -> round.figures().perSecond())),
                    Table.decimals(Median.of(ratios, Double::doubleValue)),
                    Table.decimals(Median.of(fast, round -> round.figures().cpuMicrosPerPush())),
                    Table.whole(Median.of(fast, Fast::bytesSent)));
        });
        return table;
    }

    private static Table steadyTable(Map<Setting, List<Steady>> rounds) {
        Table table = new Table("compression", "flush", "p50", "p99", "B/record sent");
        rounds.forEach((setting, steady) -> {
            table.row(
                    setting.compression(),
                    setting.flushMillis() + " ms",
                    Table.decimals(Median.of(steady, round -> round.times().p50())),
                    Table.decimals(Median.of(steady, round -> round.times().p99())),
                    Table.whole(Median.of(steady, Steady::bytesSent)));
        });
        return table;
    }

    private record Fast(Figures figures, double bytesSent) {}

    private record Sent(double records, double bytes) {
        static Sent by(BareContender producer) {
            return new Sent(producer.total("record-send-total"), producer.total("outgoing-byte-total"));
        }

        double perRecordSince(Sent before) {
            return (bytes - before.bytes) / (records - before.records);
        }
    }

    private record Steady(SteadyRate.Figures times, double bytesSent) {}

    private record Setting(String compression, int chunkBytes, int flushMillis, int bufferBytes) {
        BareContender producer(BrokerProcess broker) {
            PusherBuilder builder = broker.pusher()
                    .compression(compression)
                    .chunkSize(chunkBytes)
                    .flushInterval(Duration.ofMillis(flushMillis))
                    .bufferBytes(bufferBytes);
            return new BareContender(builder);
        }

        String text() {
            return compression + ", " + chunkBytes / KIB + " KiB, " + flushMillis + " ms, " + bufferBytes / MIB
                    + " MiB";
        }
    }
}
