package dev.kq.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kq dead-letters show}: one message with all that is known of it. Run by the main thread. */
@Command(name = "show", description = "Show one message: its headers and its value, as text or as hexadecimal numbers.")
final class DeadLettersShow implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    @Parameters(index = "0", paramLabel = "TOPIC", description = "The dead-letter topic.")
    String topic = "";

    @Parameters(index = "1", paramLabel = "PARTITION@OFFSET", description = "Which one.")
    MessagePosition position = new MessagePosition(0, 0);

    @Option(names = "--raw", description = "Write the bytes of the value and nothing else.")
    boolean raw;

    private final Shell shell;

    DeadLettersShow(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        if (raw && common.json) {
            throw Failure.wrongUsage("--raw and --json: only one of them", null);
        }
        try (Cluster cluster = new Cluster(common, shell.stop())) {
            TopicPartition partition = new TopicPartition(topic, position.partition());
            List<TopicPartition> partitions = cluster.partitions(topic);
            if (!partitions.contains(partition)) {
                throw Failure.failed(
                        "there is no partition " + position.partition() + " in " + topic + " (it has 0 to "
                                + (partitions.size() - 1) + ")",
                        null);
            }
            print(read(cluster, partition));
        }
        return Failure.DONE;
    }

    private ConsumerRecord<byte[], byte[]> read(Cluster cluster, TopicPartition partition) {
        long first = cluster.offsets(List.of(partition), OffsetSpec.earliest()).getOrDefault(partition, 0L);
        long end = cluster.offsets(List.of(partition), OffsetSpec.latest()).getOrDefault(partition, 0L);
        if (position.offset() < first || position.offset() >= end) {
            throw missing(first == end ? "the partition is empty" : "the partition has " + first + " to " + (end - 1));
        }
        try (TopicReader reader =
                TopicReader.of(cluster, shell.stop(), partition, position.offset(), position.offset() + 1)) {
            Found found = new Found();
            boolean unused = reader.read(
                    record -> {
                        found.record = record;
                        return false;
                    },
                    () -> true);
            if (found.record == null) {
                throw missing("it was compacted away, or is a marker of a transaction");
            }
            return found.record;
        }
    }

    private static final class Found {
        @Nullable
        ConsumerRecord<byte[], byte[]> record;
    }

    private Failure missing(String why) {
        return Failure.failed("there is no message " + position + " in " + topic + ": " + why, null);
    }

    private void print(ConsumerRecord<byte[], byte[]> record) {
        PrintStream out = shell.out();
        byte[] value = record.value();
        if (raw) {
            if (value != null) {
                out.write(value, 0, value.length);
            }
            return;
        }
        if (common.json) {
            out.println(RecordJson.of(record));
            return;
        }
        Letter letter = new Letter(record);
        Table table = new Table("message", topic + " " + position);
        table.row("time", Shown.time(record.timestamp()));
        table.row("failed at", letter.failedAt().toString());
        table.row("key", Shown.bytes(record.key()));
        for (Header header : record.headers()) {
            table.row("header " + Shown.text(header.key()), Shown.bytes(header.value()));
        }
        table.print(out);
        out.println();
        if (value == null) {
            out.println("The value is null.");
            return;
        }
        String text = Shown.utf8(value);
        if (text == null) {
            out.print(Shown.hexDump(value));
        } else {
            // Line by line, so that what is written on several lines stays readable.
            text.lines().forEach(line -> out.println(Shown.text(line)));
        }
    }
}
