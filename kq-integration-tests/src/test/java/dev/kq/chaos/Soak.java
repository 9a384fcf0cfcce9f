package dev.kq.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Round after round, each with the next seed, for {@code kq.soak.minutes} (default 10) from {@code kq.soak.seed}
 * (default 1) on, with {@code kq.soak.rate} records per second (default 300) and {@code kq.soak.round} seconds of
 * faults in each (default 180). A round that fails is reported with its seed, and the next one goes on with a new
 * cluster. Not found by its name: the profile {@code soak} runs it.
 */
class Soak {
    private static final int RATE = Integer.getInteger("kq.soak.rate", 300);
    private static final Duration ROUND = Duration.ofSeconds(Integer.getInteger("kq.soak.round", 180));

    private final long firstSeed = Long.getLong("kq.soak.seed", 1);
    private final Duration length = Duration.ofMinutes(Integer.getInteger("kq.soak.minutes", 10));
    private final Path folder = Path.of("target/soak/" + firstSeed);
    private final List<String> rows = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private long records;
    private long handled;
    private long letters;
    private long repeats;
    private long bound;
    private Duration longestStall = Duration.ZERO;

    @Test
    void promisesHold_whateverHappens() throws Exception {
        delete(folder);
        long begun = System.nanoTime();
        long end = begun + length.toNanos();
        Cluster cluster = new Cluster();
        try {
            for (long seed = firstSeed; seed == firstSeed || System.nanoTime() < end; seed++) {
                Duration left = Duration.ofNanos(end - System.nanoTime());
                Duration faultTime = left.compareTo(ROUND) < 0 ? left : ROUND;
                if (faultTime.compareTo(Duration.ofSeconds(10)) < 0) {
                    break;
                }
                if (!round(cluster, seed, faultTime)) {
                    cluster.close();
                    cluster = new Cluster();
                }
            }
        } finally {
            cluster.close();
        }
        String summary = summary(Duration.ofNanos(System.nanoTime() - begun));
        System.out.println(summary);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("summary.md"), summary);
        assertThat(failures).isEmpty();
    }

    private boolean round(Cluster cluster, long seed, Duration faultTime) throws IOException {
        String name = "round-" + (seed - firstSeed + 1);
        Path roundFolder = folder.resolve(name);
        Setting setting = Round.setting(seed);
        try (Round round = new Round(cluster, roundFolder, name + "-" + seed, seed, setting, List.of())) {
            Round.Result result = round.run(faultTime, RATE);
            add(seed, result);
            result.verdict().assertKept();
        } catch (Exception | AssertionError e) {
            failed(seed, roundFolder, e);
            return false;
        }
        delete(roundFolder);
        return true;
    }

    private void add(long seed, Round.Result result) {
        result.faults().forEach(fault -> faults.merge(fault, 1, Integer::sum));
        records += result.verdict().records();
        handled += result.verdict().handled();
        letters += result.verdict().letters();
        repeats += result.verdict().repeats();
        bound += result.verdict().repeatBound();
        longestStall = result.longestStall().compareTo(longestStall) > 0 ? result.longestStall() : longestStall;
        Setting setting = result.setting();
        rows.add("| %d | %s, %s, %s, %s | %d | %d | %s | %d of %d | %.1f s |"
                .formatted(
                        seed,
                        setting.group(),
                        setting.workers(),
                        setting.ordering(),
                        setting.topic(),
                        result.verdict().records(),
                        result.faults().size(),
                        result.verdict().kept() ? "none" : result.verdict().breached(),
                        result.verdict().repeats(),
                        result.verdict().repeatBound(),
                        result.longestStall().toMillis() / 1e3));
    }

    private void failed(long seed, Path roundFolder, Throwable failure) throws IOException {
        String again = "seed " + seed + ", again with: ./mvnw -Psoak test -Dkq.soak.seed=" + seed
                + " -Dkq.soak.minutes=" + Math.max(1, ROUND.toMinutes()) + " -Dkq.soak.rate=" + RATE
                + " -Dkq.soak.round=" + ROUND.toSeconds();
        Path report = Files.createDirectories(roundFolder).resolve("failure.txt");
        try (PrintWriter out = new PrintWriter(report.toFile(), StandardCharsets.UTF_8)) {
            out.println(again);
            failure.printStackTrace(out);
        }
        String message = String.valueOf(failure.getMessage());
        failures.add(again + "; event logs and thread dumps in " + roundFolder + "\n"
                + message.substring(0, Math.min(2_000, message.length())));
        System.out.println("FAILED with " + failures.get(failures.size() - 1));
    }

    private String summary(Duration time) {
        StringBuilder text = new StringBuilder();
        text.append("| seed | setting | records | faults | breaches | repeats | longest stall |\n");
        text.append("|---|---|---|---|---|---|---|\n");
        rows.forEach(row -> text.append(row).append('\n'));
        text.append('\n');
        text.append(
                "%d min %d s, seeds from %d on: %d records, handled %d times, %d dead letters, %d faults, %d failed rounds%n"
                        .formatted(
                                time.toMinutes(),
                                time.toSecondsPart(),
                                firstSeed,
                                records,
                                handled,
                                letters,
                                faults.values().stream()
                                        .mapToInt(Integer::intValue)
                                        .sum(),
                                failures.size()));
        text.append("repeats %d of at most %d, longest stall %.1f s%n"
                .formatted(repeats, bound, longestStall.toMillis() / 1e3));
        faults.forEach((fault, count) -> text.append("%s %d, ".formatted(fault.toLowerCase(Locale.ROOT), count)));
        return text.append('\n').toString();
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted((a, b) -> b.compareTo(a)).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
