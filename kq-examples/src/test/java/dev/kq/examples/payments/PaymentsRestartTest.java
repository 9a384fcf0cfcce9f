package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.examples.ExampleJvm;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The main job is stopped in the middle and started again: both runs together handle every message. */
@ExtendWith(KafkaExtension.class)
class PaymentsRestartTest {
    private static final int PARTITIONS = 8;

    private EmbeddedKafka kafka;
    private String topic;
    private String group;

    @TempDir
    private Path folder;

    @BeforeEach
    void names(EmbeddedKafka kafka, TestNames names) {
        this.kafka = kafka;
        this.topic = names.topic();
        this.group = names.group();
    }

    @Test
    void terminated_thenStartedAgain_leavesNoHole() throws Exception {
        try (ExampleJvm first = slow()) {
            first.awaitLine(".* handled [1-9].*");
            first.terminate();
            List<String> lines = first.rest();
            assertThat(first.exitCode()).isEqualTo(ExampleJvm.TERMINATED);
            assertThat(lines.get(lines.size() - 1)).startsWith("Stopped: ");
            assertThat(first.stderr()).isEmptyFile();
        }
        assertThat(handled()).isNotEqualTo(all()).isNotEmpty();
        handleTheRest();
        assertThat(handled()).isEqualTo(all());
    }

    @Test
    void killed_thenStartedAgain_leavesNoHole() throws Exception {
        try (ExampleJvm first = slow()) {
            first.awaitLine(".* handled [1-9].*");
            first.kill();
            first.rest();
            assertThat(first.exitCode()).isEqualTo(ExampleJvm.KILLED);
        }
        assertThat(handled()).isNotEqualTo(all()).isNotEmpty();
        handleTheRest();
        assertThat(handled()).isEqualTo(all());
    }

    /** Pushes faster than it handles, so that there is always something left. */
    private ExampleJvm slow() throws IOException {
        Path conf = Files.write(
                folder.resolve("slow.yaml"),
                List.of(
                        "Name: slow",
                        "Brokers: [127.0.0.1:9092]",
                        "Group: g",
                        "Topic: t",
                        "Offset: first",
                        "Consumers: 2",
                        "RateLimit: 2000",
                        "Properties:",
                        "  session.timeout.ms: 6000"));
        return start("first", List.of("--repeat", "100", "--conf", conf.toString()));
    }

    private void handleTheRest() throws Exception {
        try (ExampleJvm second = start("second", List.of())) {
            List<String> lines = second.rest();
            assertThat(second.exitCode()).as(Files.readString(second.stderr())).isZero();
            assertThat(lines)
                    .anyMatch(line -> line.matches("also handled +[1-9][0-9,]* messages of earlier runs"))
                    .contains("lag          0")
                    .endsWith("4,000 payments pushed and handled, the totals agree");
        }
    }

    private ExampleJvm start(String name, List<String> more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--brokers",
                kafka.bootstrapServers(),
                "--topic",
                topic,
                "--group",
                group,
                "--handled",
                file().toString()));
        arguments.addAll(more);
        return new ExampleJvm(folder.resolve(name), PaymentsPipeline.class, arguments);
    }

    private Path file() {
        return folder.resolve("handled");
    }

    private Map<Integer, Set<Long>> handled() throws IOException {
        Map<Integer, Set<Long>> offsets = new TreeMap<>();
        for (String line : Files.readAllLines(file())) {
            List<String> words = List.of(line.split(" ", 2));
            offsets.computeIfAbsent(Integer.valueOf(words.get(0)), p -> new TreeSet<>())
                    .add(Long.valueOf(words.get(1)));
        }
        return offsets;
    }

    /** Every offset of every partition that has messages. */
    private Map<Integer, Set<Long>> all() throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new TreeMap<>((a, b) -> Integer.compare(a.partition(), b.partition()));
        for (int partition = 0; partition < PARTITIONS; partition++) {
            asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<Integer, Set<Long>> offsets = new TreeMap<>();
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.listOffsets(asked).all().get().forEach((partition, end) -> {
                if (end.offset() > 0) {
                    Set<Long> each = new TreeSet<>();
                    LongStream.range(0, end.offset()).forEach(each::add);
                    offsets.put(partition.partition(), each);
                }
            });
        }
        return offsets;
    }
}
