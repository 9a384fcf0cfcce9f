package dev.kq.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kq consume}: prints messages. Run by the main thread. */
@Command(
        name = "consume",
        description = {
            "Print the messages that are in a topic now.",
            "Without --group nothing is committed and no group notices. With --group the command joins the group, takes"
                    + " messages away from its other members and commits what it has printed."
        })
final class ConsumeCommand implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    @Parameters(paramLabel = "TOPIC", description = "What to read.")
    String topic = "";

    @Option(names = "--group", paramLabel = "GROUP", description = "Read as a member of this group, and commit.")
    @Nullable
    String group;

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            description = "first, last, an offset, a time, or how long ago (90m). Default: first; last with --follow."
                    + " With --group: where its committed offsets are, else first.")
    @Nullable
    StartAt from;

    @Option(names = "--count", paramLabel = "N", description = "End after so many messages.")
    @Nullable
    Long count;

    @Option(names = "--follow", description = "Go on with what comes, until Ctrl-C.")
    boolean follow;

    @Option(names = "--key-filter", paramLabel = "KEY", description = "Only messages with this key.")
    @Nullable
    String keyFilter;

    @Option(names = "--headers", description = "Print the headers too (JSON always has them).")
    boolean headers;

    private final Shell shell;
    private byte @Nullable [] wantedKey;
    private long printed;

    ConsumeCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        if (group != null && from != null) {
            throw Failure.wrongUsage(
                    "--group and --from: only one of them, a group starts where it has committed", null);
        }
        if (count != null && count < 1) {
            throw Failure.wrongUsage("--count: out of range: " + count + " (allowed: 1 or more)", null);
        }
        wantedKey = keyFilter == null ? null : keyFilter.getBytes(StandardCharsets.UTF_8);
        try (Cluster cluster = new Cluster(common, shell.stop())) {
            if (group != null) {
                try (GroupReader reader = new GroupReader(cluster, shell, topic, group, follow)) {
                    reader.read(this::print);
                }
            } else {
                StartAt start = from != null ? from : follow ? StartAt.LAST : StartAt.FIRST;
                try (TopicReader reader = TopicReader.from(cluster, shell.stop(), topic, start, follow)) {
                    // Whoever reads the pipe may have gone; to ask after each message would flush each.
                    boolean unused = reader.read(this::print, () -> !shell.out().checkError());
                }
            }
        }
        return Failure.DONE;
    }

    /** Prints a message if it is wanted; returns whether to go on. */
    private boolean print(ConsumerRecord<byte[], byte[]> record) {
        if (wantedKey != null && !Arrays.equals(wantedKey, record.key())) {
            return true;
        }
        if (common.json) {
            shell.out().println(RecordJson.of(record));
        } else {
            shell.out().println(line(record));
        }
        printed++;
        return count == null || printed < count;
    }

    private String line(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder line = new StringBuilder();
        line.append(MessagePosition.of(record))
                .append("  ")
                .append(Shown.time(record.timestamp()))
                .append("  ")
                .append(Shown.bytes(record.key()))
                .append("  ")
                .append(Shown.bytes(record.value()));
        if (headers) {
            for (Header header : record.headers()) {
                line.append("  ").append(Shown.text(header.key())).append('=').append(Shown.bytes(header.value()));
            }
        }
        return line.toString();
    }
}
