package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kq.pusher.Pusher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code kq dead-letters replay}: says what would be pushed again, or pushes it. Ends where the topic ended at the
 * start: what is replayed and fails again does not go round. Run by the main thread.
 */
@Command(
        name = "replay",
        description = {
            "Push dead letters to the topics they came from.",
            "Without --yes it only says what it would do. The dead letters stay where they are."
        })
final class DeadLettersReplay implements Callable<Integer> {
    /** So many letters are listed; the others are counted. */
    private static final int LISTED = 20;

    private static final int LONGEST_KEY = 40;

    @Mixin
    final Common common = new Common();

    @Mixin
    final LetterFilter filter = new LetterFilter();

    @Parameters(paramLabel = "TOPIC", description = "The dead-letter topic.")
    String topic = "";

    @Option(names = "--to", paramLabel = "TOPIC", description = "Push all of them there instead.")
    @Nullable
    String to;

    @Option(names = "--yes", description = "Do it.")
    boolean yes;

    private final Shell shell;
    private final Map<String, Long> targets = new TreeMap<>();
    private final List<Letter> listed = new ArrayList<>();
    private final Deliveries deliveries = new Deliveries();
    private long matched;
    private long replayedBefore;

    DeadLettersReplay(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        if (topic.equals(to)) {
            throw Failure.wrongUsage("--to: is the dead-letter topic itself", null);
        }
        boolean whole = false;
        RuntimeException broken = null;
        try (Cluster cluster = new Cluster(common, shell.stop());
                TopicReader reader = TopicReader.ofAll(cluster, shell.stop(), topic);
                Targets pushers = new Targets(cluster)) {
            Progress progress = new Progress(shell.err(), shell.errIsTerminal(), System.nanoTime());
            try {
                whole = reader.read(
                        record -> {
                            visit(new Letter(record), pushers);
                            return show(progress, reader);
                        },
                        () -> show(progress, reader));
                pushers.flush();
            } catch (Failure | KafkaException e) {
                if (!yes || matched == 0) {
                    throw e;
                }
                broken = e; // what was pushed before is pushed, and has to be told
            } finally {
                progress.clear();
            }
        }
        if (broken != null) {
            shell.say("stopped before all of " + topic + " was replayed: "
                    + (broken instanceof Failure ? broken.getMessage() : Failure.reason(broken)));
        } else if (!whole) {
            shell.say("stopped before all of " + topic + " was read");
        }
        if (common.json) {
            printJson();
        } else if (yes) {
            printDone();
        } else {
            printPlan();
        }
        if (broken != null) {
            int whatItWas = broken instanceof Failure failure ? failure.exitCode() : Failure.FAILED;
            return deliveries.pushed() > 0 ? Failure.PARTLY : whatItWas;
        }
        return yes ? deliveries.exitCode() : Failure.DONE;
    }

    private void visit(Letter letter, Targets pushers) {
        if (!filter.accepts(letter)) {
            return;
        }
        matched++;
        replayedBefore += letter.replayedBefore() ? 1 : 0;
        String target = target(letter);
        targets.merge(target == null ? Shown.NOTHING : target, 1L, Long::sum);
        if (!yes) {
            if (listed.size() < LISTED) {
                listed.add(letter);
            }
            return;
        }
        String at = MessagePosition.of(letter.record()).toString();
        if (target == null) {
            deliveries.refuse(at, Shown.NOTHING, "no header names its original topic; --to does");
            return;
        }
        pushers.push(letter, at, target);
    }

    private @Nullable String target(Letter letter) {
        return to != null ? to : letter.originalTopic();
    }

    /** The pushers, one for each topic, made when the first letter for it comes. */
    private final class Targets implements AutoCloseable {
        private final Cluster cluster;
        private final Map<String, Pusher> pushers = new HashMap<>();
        private final Map<String, String> refusals = new HashMap<>();

        Targets(Cluster cluster) {
            this.cluster = cluster;
        }

        void push(Letter letter, String at, String target) {
            Pusher pusher = pushers.get(target);
            if (pusher == null && !refusals.containsKey(target)) {
                try {
                    cluster.partitions(target); // asked once, not by each push
                    pusher = cluster.pusher(target);
                    pushers.put(target, pusher);
                } catch (RuntimeException e) {
                    refusals.put(target, e instanceof Failure ? String.valueOf(e.getMessage()) : Failure.reason(e));
                }
            }
            if (pusher == null) {
                deliveries.refuse(at, target, refusals.getOrDefault(target, ""));
            } else {
                deliveries.track(at, target, pusher.push(letter.replayed()));
            }
        }

        void flush() {
            pushers.values().forEach(Pusher::flush);
        }

        @Override
        public void close() {
            pushers.values().forEach(Pusher::close);
        }
    }

    /** Returns true: the reading goes on. */
    private boolean show(Progress progress, TopicReader reader) {
        progress.update(
                () -> Progress.bar(reader.passed(), reader.all()) + "  "
                        + (yes
                                ? Shown.number(deliveries.pushed()) + " replayed, "
                                        + Shown.number(deliveries.failures()) + " failed"
                                : Shown.number(matched) + " found"),
                System.nanoTime());
        return true;
    }

    private void printPlan() {
        if (matched > 0) {
            Table table = new Table("LETTER", "TO", "KEY", "EXCEPTION", "FAILED AT");
            listed.forEach(letter -> table.row(
                    MessagePosition.of(letter.record()).toString(),
                    Shown.text(target(letter)),
                    Shown.cut(Shown.bytes(letter.record().key()), LONGEST_KEY),
                    Shown.text(letter.exceptionClass()),
                    letter.failedAt().toString()));
            table.print(shell.out());
            if (matched > listed.size()) {
                shell.out().println("… and " + Shown.number(matched - listed.size()) + " more");
            }
            shell.out().println();
        }
        shell.out().println("Would replay " + sum(matched) + ". Nothing was pushed; --yes does it.");
        printReplayedBefore();
        if (targets.containsKey(Shown.NOTHING)) {
            shell.say("letters without a header that names their original topic need --to");
        }
    }

    private void printDone() {
        deliveries.printFailures(shell.err());
        shell.out()
                .println("Replayed " + Shown.number(deliveries.pushed()) + " of " + sum(matched) + ", "
                        + Shown.number(deliveries.failures()) + " failed.");
        printReplayedBefore();
    }

    private void printReplayedBefore() {
        if (replayedBefore > 0) {
            shell.out().println(Shown.number(replayedBefore) + " of them had been replayed before and failed again.");
        }
    }

    private String sum(long letters) {
        String each = targets.entrySet().stream()
                .map(target -> target.getKey() + " " + Shown.number(target.getValue()))
                .collect(Collectors.joining(", "));
        return Shown.number(letters)
                + (letters == 1 ? " letter" : " letters")
                + (each.isEmpty() ? "" : " (" + each + ")");
    }

    private void printJson() {
        ObjectNode json = RecordJson.object();
        json.put("topic", topic);
        json.put("dryRun", !yes);
        json.put("matched", matched);
        json.put("replayed", deliveries.pushed());
        json.put("failed", deliveries.failures());
        json.put("replayedBefore", replayedBefore);
        ArrayNode to = json.putArray("targets");
        targets.forEach((target, letters) -> to.addObject()
                .put("topic", target.equals(Shown.NOTHING) ? null : target)
                .put("letters", letters));
        if (!yes) {
            ArrayNode first = json.putArray("first");
            listed.forEach(letter -> {
                ObjectNode one = first.addObject();
                one.put("at", MessagePosition.of(letter.record()).toString());
                one.put("to", target(letter));
                RecordJson.bytes(one, "key", letter.record().key());
                one.put("exception", letter.exceptionClass());
                one.put("failedAt", letter.failedAt().toString());
            });
        }
        RecordJson.failures(json, deliveries.firstFailures());
        shell.out().println(json);
    }
}
