package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kq dead-letters list}: counts by topic and exception. Run by the main thread. */
@Command(name = "list", description = "Count dead letters by original topic and exception.")
final class DeadLettersList implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    @Mixin
    final LetterFilter filter = new LetterFilter();

    @Parameters(paramLabel = "TOPIC", description = "The dead-letter topic.")
    String topic = "";

    private final Shell shell;
    private final Map<Kind, Count> counts = new HashMap<>();

    DeadLettersList(Shell shell) {
        this.shell = shell;
    }

    private record Kind(
            @Nullable String originalTopic, @Nullable String exception) {}

    private record Count(long letters, long replayedBefore, Instant first, Instant last) {
        Count and(Count other) {
            return new Count(
                    letters + other.letters,
                    replayedBefore + other.replayedBefore,
                    first.isBefore(other.first) ? first : other.first,
                    last.isAfter(other.last) ? last : other.last);
        }
    }

    @Override
    public Integer call() {
        try (Cluster cluster = new Cluster(common, shell.stop());
                TopicReader reader = TopicReader.ofAll(cluster, shell.stop(), topic)) {
            Progress progress = new Progress(shell.err(), shell.errIsTerminal(), System.nanoTime());
            boolean whole = reader.read(
                    record -> {
                        count(new Letter(record));
                        return true;
                    },
                    () -> {
                        progress.update(
                                () -> Progress.bar(reader.passed(), reader.all()) + "  reading " + topic,
                                System.nanoTime());
                        return true;
                    });
            progress.clear();
            if (!whole) {
                throw Failure.failed("stopped before all of " + topic + " was read", null);
            }
        }
        print();
        return Failure.DONE;
    }

    private void count(Letter letter) {
        if (filter.accepts(letter)) {
            Instant at = letter.failedAt();
            counts.merge(
                    new Kind(letter.originalTopic(), letter.exceptionClass()),
                    new Count(1, letter.replayedBefore() ? 1 : 0, at, at),
                    Count::and);
        }
    }

    private void print() {
        List<Map.Entry<Kind, Count>> sorted = counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Kind, Count> entry) -> Shown.text(entry.getKey().originalTopic))
                        .thenComparing(entry -> -entry.getValue().letters)
                        .thenComparing(entry -> Shown.text(entry.getKey().exception)))
                .toList();
        long sum = counts.values().stream().mapToLong(Count::letters).sum();
        if (common.json) {
            ObjectNode json = RecordJson.object();
            json.put("topic", topic);
            json.put("letters", sum);
            ArrayNode array = json.putArray("groups");
            sorted.forEach(entry -> array.addObject()
                    .put("originalTopic", entry.getKey().originalTopic)
                    .put("exception", entry.getKey().exception)
                    .put("letters", entry.getValue().letters)
                    .put("replayedBefore", entry.getValue().replayedBefore)
                    .put("first", entry.getValue().first.toString())
                    .put("last", entry.getValue().last.toString()));
            shell.out().println(json);
            return;
        }
        Table table = new Table("ORIGINAL TOPIC", "EXCEPTION", ">LETTERS", ">REPLAYED BEFORE", "FIRST", "LAST");
        sorted.forEach(entry -> table.row(
                Shown.text(entry.getKey().originalTopic),
                Shown.text(entry.getKey().exception),
                Shown.number(entry.getValue().letters),
                Shown.number(entry.getValue().replayedBefore),
                entry.getValue().first.toString(),
                entry.getValue().last.toString()));
        table.row("sum", "", Shown.number(sum), "", "", "");
        table.print(shell.out());
    }
}
