package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.pusher.PushRecord;
import dev.kq.pusher.Pusher;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(KafkaExtension.class)
class PushAndConsumeTest {
    private EmbeddedKafka kafka;
    private TestNames names;
    private Tool tool;
    private String topic;

    @TempDir
    private Path folder;

    @BeforeEach
    void names(EmbeddedKafka kafka, TestNames names) {
        this.kafka = kafka;
        this.names = names;
        this.tool = new Tool(kafka);
        this.topic = kafka.createTopic(names.topic(), 1);
    }

    /** The messages without their times. */
    private List<String> consumed(String... options) {
        List<String> arguments = new ArrayList<>(List.of("consume", topic));
        arguments.addAll(List.of(options));
        return tool.run(arguments.toArray(String[]::new)).fine().lines().stream()
                .map(line -> line.replaceFirst("  \\d{4}-\\S+", ""))
                .toList();
    }

    private List<JsonNode> json(Tool.Result result) throws Exception {
        List<JsonNode> records = new ArrayList<>();
        for (String line : result.lines()) {
            records.add(new ObjectMapper().readTree(line));
        }
        return records;
    }

    @Test
    void push_takesEachLineAsItIs_andReportsTheSum() throws Exception {
        Tool.Result result =
                tool.runWith("one\n\ntwo ü\r\nthree", "push", topic).fine();
        assertThat(result.out()).matches("4 pushed to \\S+, 0 failed, [0-9.]+ s, [0-9,]+/s\n");
        assertThat(consumed()).containsExactly("0@0  -  one", "0@1  -  ", "0@2  -  two ü", "0@3  -  three");

        Path file = Files.writeString(folder.resolve("lines"), "a:b:c\n:empty\n");
        JsonNode json = tool.run(
                        "push",
                        topic,
                        "--file",
                        file + "",
                        "--key-separator",
                        ":",
                        "--header",
                        "who=me",
                        "--header",
                        "x=1=2",
                        "--json")
                .fine()
                .json();
        assertThat(json.get("topic").asText()).isEqualTo(topic);
        assertThat(json.get("pushed").asLong()).isEqualTo(2);
        assertThat(json.get("failed").asLong()).isZero();
        assertThat(json.get("perSecond").isNumber()).isTrue();
        assertThat(json.get("failures")).isEmpty();
        assertThat(consumed("--from", "4", "--headers"))
                .containsExactly("0@4  a  b:c  who=me  x=1=2", "0@5    empty  who=me  x=1=2");
    }

    @Test
    void push_withFailures_pushesTheOthers_listsThem_exitCode4() throws Exception {
        JsonNode json = tool.runWith("k=a\nno separator\nk=b\n", "push", topic, "--key-separator", "=", "--json")
                .failed(Failure.PARTLY)
                .json();
        assertThat(json.get("pushed").asLong()).isEqualTo(2);
        assertThat(json.get("failures").toString())
                .isEqualTo("[{\"at\":\"line 2\",\"topic\":\"" + topic + "\",\"reason\":\"there is no '=' in it\"}]");
        assertThat(consumed()).containsExactly("0@0  k  a", "0@1  k  b");
        assertThat(tool.runWith("no separator\n", "push", topic, "--key-separator", "=")
                        .failed(Failure.FAILED)
                        .err())
                .isEqualTo("kq: line 1 to " + topic + " failed: there is no '=' in it\n");
    }

    @Test
    void push_toAMissingTopic_fails() {
        assertThat(tool.runWith("x\n", "push", "not-there")
                        .failed(Failure.FAILED)
                        .err())
                .isEqualTo("kq: there is no topic not-there at " + kafka.bootstrapServers() + "\n");
    }

    @Test
    void push_onATerminal_showsProgress() throws Exception {
        Tool.Result result = tool.onTerminal().runWith("x\n".repeat(100_000), "push", topic);
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).contains("\r\u001b[K").contains("pushed to " + topic);
        assertThat(result.out()).startsWith("100,000 pushed to ").doesNotContain("\u001b");
    }

    @Test
    void push_asksForEachLine_andEndsWhenStopped() throws Exception {
        try (PipedOutputStream typed = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(typed)) {
            Lines lines = new Lines(in, tool.stop());
            typed.write("one\n".getBytes(StandardCharsets.UTF_8));
            assertThat(lines.next(() -> {})).asString().isEqualTo("one");
            // Nobody types any more, and nobody ends the input.
            assertThat(lines.next(tool.stop()::request)).isNull();
        }
    }

    @Test
    void consume_startsWhereItIsTold_andFilters() throws Exception {
        // The broker deletes what is so old, unless it is told not to.
        topic = kafka.createTopic(names.topic("old"), 1, 1, Map.of("retention.ms", "-1"));
        Instant early = Instant.parse("2026-01-01T00:00:00Z");
        try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers()), topic)) {
            for (int i = 0; i < 4; i++) {
                pusher.pushSync(PushRecord.builder()
                        .key(i % 2 == 0 ? "even" : "odd")
                        .value("v" + i)
                        .timestamp(early.plusSeconds(i))
                        .build());
            }
            pusher.pushSync(PushRecord.builder()
                    .value(new byte[] {(byte) 0xfe, 1})
                    .header("h", (byte[]) null)
                    .timestamp(early.plusSeconds(4))
                    .build());
        }
        assertThat(consumed()).hasSize(5).last().isEqualTo("0@4  -  0xfe01");
        assertThat(consumed("--from", "last")).isEmpty();
        assertThat(consumed("--from", "3", "--count", "1")).containsExactly("0@3  odd  v3");
        assertThat(consumed("--from", "99")).isEmpty();
        assertThat(consumed("--from", "2026-01-01T00:00:02Z", "--key-filter", "even"))
                .containsExactly("0@2  even  v2");
        List<JsonNode> json =
                json(tool.run("consume", topic, "--from", "3", "--json").fine());
        assertThat(json.get(0).toString())
                .isEqualTo("{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":3,\"timestamp\":"
                        + early.plusSeconds(3).toEpochMilli() + ",\"key\":\"odd\",\"value\":\"v3\",\"headers\":[]}");
        assertThat(json.get(1).get("valueBase64").asText()).isEqualTo("/gE=");
        assertThat(json.get(1).get("key").isNull()).isTrue();
        assertThat(json.get(1).get("headers").get(0).get("value").isNull()).isTrue();
        // No group was ever there.
        assertThat(tool.run("groups").fine().out()).doesNotContain(topic);
    }

    @Test
    void consume_withAGroup_commitsWhatWasPrinted() throws Exception {
        tool.runWith("a\nb\nc\n", "push", topic).fine();
        String group = names.group();
        assertThat(consumed("--group", group, "--count", "2")).containsExactly("0@0  -  a", "0@1  -  b");
        assertThat(tool.run("lag", group, "--json").fine().json().get("lag").asLong())
                .isEqualTo(1);
        assertThat(consumed("--group", group)).containsExactly("0@2  -  c");
        // Without a group the offsets stay.
        assertThat(consumed()).hasSize(3);
        JsonNode lag = tool.run("lag", group, "--json").fine().json();
        assertThat(lag.toString())
                .isEqualTo("{\"group\":\"" + group + "\",\"state\":\"Empty\",\"lag\":0,\"partitions\":[{\"topic\":\""
                        + topic + "\",\"partition\":0,\"committed\":3,\"end\":3,\"lag\":0}]}");
    }

    @Test
    void consume_followed_printsWhatComes_untilItIsStopped() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int from, int length) {
                super.write(bytes, from, length);
                if (toString(StandardCharsets.UTF_8).contains("later\n")) {
                    seen.countDown();
                }
            }
        };
        tool.runWith("before\n", "push", topic).fine();
        CompletableFuture<Tool.Result> following = CompletableFuture.supplyAsync(
                () -> tool.runInto(out, "", "consume", topic, "--from", "first", "--follow"));
        new Tool(kafka).runWith("later\n", "push", topic).fine();
        assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
        tool.stop().request();
        assertThat(following.get(20, TimeUnit.SECONDS).fine().lines()).hasSize(2);
    }

    @Test
    void topicsGroupsLag_showNumbers() throws Exception {
        String two = kafka.createTopic(names.topic("two"), 2);
        tool.runWith("a\nb\nc\n", "push", topic).fine();
        tool.runWith("a\n", "push", two, "--key", "k").fine();
        consumed("--group", names.group(), "--count", "1");

        assertThat(tool.run("topics").fine().lines().stream().map(line -> line.replaceAll(" +", " ")))
                .contains("TOPIC PARTITIONS REPLICAS MESSAGES", topic + " 1 1 3", two + " 2 1 1")
                .noneMatch(line -> line.startsWith("__"));
        JsonNode topics = tool.run("topics", "--json").fine().json().get("topics");
        assertThat(topics)
                .map(JsonNode::toString)
                .contains("{\"name\":\"" + two + "\",\"partitions\":2,\"replicas\":1,\"messages\":1}");

        assertThat(tool.run("groups").fine().lines().stream().map(line -> line.replaceAll(" +", " ")))
                .contains("GROUP STATE MEMBERS LAG", names.group() + " Empty 0 2");
        assertThat(tool.run("groups", "--json").fine().json().get("groups"))
                .map(JsonNode::toString)
                .contains("{\"group\":\"" + names.group() + "\",\"state\":\"Empty\",\"members\":0,\"lag\":2}");

        assertThat(tool.run("lag", names.group()).fine().lines().stream().map(line -> line.replaceAll(" +", " ")))
                .containsExactly("TOPIC PARTITION COMMITTED END LAG", topic + " 0 1 3 2", "sum 2");
        assertThat(tool.run("lag", "nobody").failed(Failure.FAILED).err())
                .isEqualTo("kq: there is no consumer group nobody at " + kafka.bootstrapServers() + "\n");
    }

    @Test
    void config_ofAQueue_saysWhereTheBrokersAre() throws Exception {
        String conf = """
                Other: 1
                Payments:
                  Brokers: [%s]
                  Group: g
                  Topic: t
                  Properties:
                    security.protocol: PLAINTEXT
                """.formatted(kafka.bootstrapServers());
        Path file = Files.writeString(folder.resolve("kq.yaml"), conf);
        Tool without = new Tool();
        assertThat(without.run("topics", "--config", file + "", "--section", "Payments")
                        .fine()
                        .out())
                .contains(topic);
        // What is raw reaches the producer, too, and a wrong one fails.
        without.runWith("x\n", "push", topic, "--config", file + "", "--section", "Payments")
                .fine();
        Files.writeString(file, conf.replace("PLAINTEXT", "NONSENSE"));
        assertThat(without.run("topics", "--config", file + "", "--section", "Payments")
                        .failed(Failure.FAILED)
                        .err())
                .contains("NONSENSE");
    }
}
