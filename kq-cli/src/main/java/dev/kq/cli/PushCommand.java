package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kq.pusher.PushRecord;
import dev.kq.pusher.Pusher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kq push}: each line a message. Run by the main thread. */
@Command(
        name = "push",
        description = "Push the lines of standard input, or of a file, each as a message; wait until the brokers have"
                + " them.")
final class PushCommand implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    @Parameters(paramLabel = "TOPIC", description = "Where to push.")
    String topic = "";

    @Option(names = "--key", paramLabel = "KEY", description = "The key of every message. Default: none.")
    @Nullable
    String key;

    @Option(
            names = "--key-separator",
            paramLabel = "TEXT",
            description = "The first of these in a line ends the key, and the value begins behind it.")
    @Nullable
    String keySeparator;

    @Option(names = "--file", paramLabel = "FILE", description = "The lines. Default: standard input.")
    @Nullable
    Path file;

    @Option(
            names = "--header",
            paramLabel = "NAME=VALUE",
            description = "A header of every message; as often as you like.")
    Map<String, String> headers = new LinkedHashMap<>();

    private final Shell shell;

    PushCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (key != null && keySeparator != null) {
            throw Failure.wrongUsage("--key and --key-separator: only one of them, both say what the key is", null);
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw Failure.wrongUsage("--key-separator: is empty (allowed: one character or more)", null);
        }
        try (InputStream in = file == null ? shell.in() : open(file);
                Cluster cluster = new Cluster(common, shell.stop())) {
            cluster.partitions(topic); // says at once if there is none
            return push(cluster, in);
        }
    }

    private static InputStream open(Path file) throws IOException {
        try {
            return Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw Failure.wrongUsage("--file: there is no file " + file, e);
        }
    }

    private int push(Cluster cluster, InputStream in) throws InterruptedException {
        Deliveries deliveries = new Deliveries();
        long begin = System.nanoTime();
        Progress progress = new Progress(shell.err(), shell.errIsTerminal(), begin);
        Runnable show = () -> progress.update(() -> summary(deliveries, begin), System.nanoTime());
        try (Pusher pusher = cluster.pusher(topic)) {
            Lines lines = new Lines(in, shell.stop());
            long number = 0;
            byte[] line;
            while ((line = lines.next(show)) != null) {
                number++;
                push(pusher, line, "line " + number, deliveries);
                show.run();
            }
            pusher.flush();
        } finally {
            progress.clear();
        }
        if (common.json) {
            double seconds = (System.nanoTime() - begin) / 1e9;
            ObjectNode json = RecordJson.object();
            json.put("topic", topic);
            json.put("pushed", deliveries.pushed());
            json.put("failed", deliveries.failures());
            json.put("seconds", seconds);
            json.put("perSecond", deliveries.pushed() / seconds);
            RecordJson.failures(json, deliveries.firstFailures());
            shell.out().println(json);
        } else {
            deliveries.printFailures(shell.err());
            shell.out().println((shell.stop().requested() ? "Stopped: " : "") + summary(deliveries, begin));
        }
        return deliveries.exitCode();
    }

    private void push(Pusher pusher, byte[] line, String at, Deliveries deliveries) {
        PushRecord.Builder record = PushRecord.builder();
        if (keySeparator == null) {
            record.key(key).value(line);
        } else {
            byte[] separator = keySeparator.getBytes(StandardCharsets.UTF_8);
            int end = indexOf(line, separator);
            if (end < 0) {
                deliveries.refuse(at, topic, "there is no '" + keySeparator + "' in it");
                return;
            }
            record.key(Arrays.copyOf(line, end)).value(Arrays.copyOfRange(line, end + separator.length, line.length));
        }
        headers.forEach(record::header);
        deliveries.track(at, topic, pusher.push(record.build()));
    }

    private static int indexOf(byte[] line, byte[] separator) {
        for (int i = 0; i + separator.length <= line.length; i++) {
            if (Arrays.equals(line, i, i + separator.length, separator, 0, separator.length)) {
                return i;
            }
        }
        return -1;
    }

    private String summary(Deliveries deliveries, long begin) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        return String.format(
                Locale.ROOT,
                "%,d pushed to %s, %,d failed, %.1f s, %,d/s",
                deliveries.pushed(),
                topic,
                deliveries.failures(),
                seconds,
                (long) (deliveries.pushed() / seconds));
    }
}
