package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.PushRecord;
import dev.kq.pusher.Pusher;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(KafkaExtension.class)
class DeadLettersCommandTest {
    private EmbeddedKafka kafka;
    private TestNames names;
    private Tool tool;
    private String letters;
    private String payments;

    @BeforeEach
    void names(EmbeddedKafka kafka, TestNames names) {
        this.kafka = kafka;
        this.names = names;
        this.tool = new Tool(kafka);
        this.letters = kafka.createTopic(names.topic("dead"), 1);
        this.payments = kafka.createTopic(names.topic("payments"), 1);
    }

    private static PushRecord letter(String key, byte[] value, String topic, String exception, String failedAt) {
        return PushRecord.builder()
                .key(key)
                .value(value)
                .header("trace", "t-1")
                .header("kq-original-topic", topic)
                .header("kq-original-partition", "0")
                .header("kq-exception-class", exception)
                .header("kq-failed-at", failedAt)
                .header("kafka_dlt-exception-fqcn", "other")
                .build();
    }

    /** Two failed payments, and an order whose topic is gone. */
    private void pushLetters() {
        try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers()), letters)) {
            pusher.pushSync(letter("a", bytes("1"), payments, "java.io.IOException", "2026-11-01T10:00:00Z"));
            pusher.pushSync(letter(
                    "b",
                    new byte[] {(byte) 0xff, 2},
                    payments,
                    "java.lang.IllegalStateException",
                    "2026-11-02T10:00:00Z"));
            pusher.pushSync(letter("a", bytes("3"), "gone", "java.io.IOException", "2026-11-03T10:00:00Z"));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Tool.Result deadLetters(String command, String... options) {
        String[] all = new String[options.length + 3];
        all[0] = "dead-letters";
        all[1] = command;
        all[2] = letters;
        System.arraycopy(options, 0, all, 3, options.length);
        return tool.run(all);
    }

    private List<String> in(String topic) {
        return tool.run("consume", topic, "--headers").fine().lines().stream()
                .map(line -> line.replaceFirst("  \\d{4}-\\S+", ""))
                .toList();
    }

    private long listed(String... filter) throws Exception {
        String[] all = new String[filter.length + 1];
        System.arraycopy(filter, 0, all, 0, filter.length);
        all[filter.length] = "--json";
        return deadLetters("list", all).fine().json().get("letters").asLong();
    }

    @Test
    void list_groupsAndFilters() throws Exception {
        pushLetters();
        assertThat(deadLetters("list").fine().lines().stream().map(line -> line.replaceAll(" +", " ")))
                .containsExactlyInAnyOrder(
                        "ORIGINAL TOPIC EXCEPTION LETTERS REPLAYED BEFORE FIRST LAST",
                        payments + " java.io.IOException 1 0 2026-11-01T10:00:00Z 2026-11-01T10:00:00Z",
                        payments + " java.lang.IllegalStateException 1 0 2026-11-02T10:00:00Z 2026-11-02T10:00:00Z",
                        "gone java.io.IOException 1 0 2026-11-03T10:00:00Z 2026-11-03T10:00:00Z",
                        "sum 3");
        JsonNode json =
                deadLetters("list", "--original-topic", "gone", "--json").fine().json();
        assertThat(json.toString())
                .isEqualTo("{\"topic\":\"" + letters + "\",\"letters\":1,\"groups\":[{\"originalTopic\":\"gone\","
                        + "\"exception\":\"java.io.IOException\",\"letters\":1,\"replayedBefore\":0,"
                        + "\"first\":\"2026-11-03T10:00:00Z\",\"last\":\"2026-11-03T10:00:00Z\"}]}");
        assertThat(listed("--since", "2026-11-02T10:00:00Z")).isEqualTo(2);
        assertThat(listed("--until", "2026-11-02T10:00:00Z")).isEqualTo(1);
        assertThat(listed("--key", "a")).isEqualTo(2);
        assertThat(listed("--exception", "IOException")).isEqualTo(2);
        assertThat(listed("--exception", "java.lang.IllegalStateException")).isEqualTo(1);
        assertThat(listed("--exception", "StateException")).isZero();
        assertThat(listed("--key", "a", "--exception", "IOException", "--original-topic", payments))
                .isEqualTo(1);
    }

    @Test
    void show_printsHeadersAndValue_rawOnlyTheBytes() throws Exception {
        pushLetters();
        assertThat(deadLetters("show", "0@0").fine().lines())
                .anyMatch(line -> line.matches("header kq-exception-class +java.io.IOException"))
                .anyMatch(line -> line.matches("key +a"));
        assertThat(deadLetters("show", "0@1").fine().lines()).last().isEqualTo("00000000  ff 02");
        assertThat(deadLetters("show", "0@1", "--raw").fine().bytes()).containsExactly(0xff, 2);
        assertThat(deadLetters("show", "0@1", "--json")
                        .fine()
                        .json()
                        .get("valueBase64")
                        .asText())
                .isEqualTo("/wI=");
        assertThat(deadLetters("show", "0@3").failed(Failure.FAILED).err())
                .isEqualTo("kq: there is no message 0@3 in " + letters + ": the partition has 0 to 2\n");
        assertThat(deadLetters("show", "7@0").failed(Failure.FAILED).err()).contains("it has 0 to 0");
    }

    @Test
    void replay_withoutYes_changesNothing() throws Exception {
        pushLetters();
        Tool.Result plan = deadLetters("replay", "--original-topic", payments).fine();
        assertThat(plan.lines().stream().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "LETTER TO KEY EXCEPTION FAILED AT",
                        "0@0 " + payments + " a java.io.IOException 2026-11-01T10:00:00Z",
                        "0@1 " + payments + " b java.lang.IllegalStateException 2026-11-02T10:00:00Z",
                        "",
                        "Would replay 2 letters (" + payments + " 2). Nothing was pushed; --yes does it.");
        JsonNode json = deadLetters("replay", "--json", "--to", payments).fine().json();
        assertThat(json.get("dryRun").asBoolean()).isTrue();
        assertThat(json.get("matched").asLong()).isEqualTo(3);
        assertThat(json.get("replayed").asLong()).isZero();
        assertThat(json.get("targets").toString()).isEqualTo("[{\"topic\":\"" + payments + "\",\"letters\":3}]");
        assertThat(json.get("first").get(2).get("at").asText()).isEqualTo("0@2");
        assertThat(in(payments)).isEmpty();
        assertThat(in(letters)).hasSize(3);
    }

    @Test
    void replay_pushesTheOriginal_marked_andTheOthersWhenOneFails() throws Exception {
        pushLetters();
        Tool.Result result = deadLetters("replay", "--yes").failed(Failure.PARTLY);
        assertThat(result.out()).isEqualTo("Replayed 2 of 3 letters (" + payments + " 2, gone 1), 1 failed.\n");
        assertThat(result.err())
                .isEqualTo("kq: 0@2 to gone failed: there is no topic gone at " + kafka.bootstrapServers() + "\n");
        assertThat(in(payments))
                .containsExactly(
                        "0@0  a  1  trace=t-1  kq-replayed-from=" + letters + "-0@0",
                        "0@1  b  0xff02  trace=t-1  kq-replayed-from=" + letters + "-0@1");
        JsonNode json = deadLetters("replay", "--yes", "--json", "--original-topic", "gone")
                .failed(Failure.FAILED)
                .json();
        assertThat(json.get("failures").toString())
                .isEqualTo("[{\"at\":\"0@2\",\"topic\":\"gone\",\"reason\":\"there is no topic gone at "
                        + kafka.bootstrapServers() + "\"}]");
    }

    @Test
    void replay_ofARecordThatTheBrokerRefuses_goesOnWithTheOthers() throws Exception {
        String small = kafka.createTopic(names.topic("small"), 1, 1, Map.of("max.message.bytes", "1000"));
        try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers()), letters)) {
            byte[] large = new byte[5_000];
            new Random(1).nextBytes(large);
            pusher.pushSync(letter("a", large, payments, "E", "2026-11-01T10:00:00Z"));
            pusher.pushSync(letter("a", bytes("fine"), payments, "E", "2026-11-01T10:00:00Z"));
        }
        JsonNode json = deadLetters("replay", "--yes", "--json", "--to", small)
                .failed(Failure.PARTLY)
                .json();
        assertThat(json.get("replayed").asLong()).isEqualTo(1);
        assertThat(json.get("failures").get(0).get("at").asText()).isEqualTo("0@0");
        assertThat(json.get("failures").get(0).get("reason").asText()).contains("max.message.bytes");
        assertThat(in(small)).hasSize(1).first().asString().contains("fine");
    }

    @Test
    void replay_ofWhatAQueueGaveUp_comesBack_andIsBoundedWhenItFailsAgain() throws Exception {
        CountDownLatch again = new CountDownLatch(3);
        KqConf conf = KqConf.parse("""
                Brokers: [%s]
                Group: %s
                Topic: %s
                Offset: first
                Consumers: 1
                Retry:
                  MaxAttempts: 1
                DeadLetter:
                  Topic: %s
                """.formatted(kafka.bootstrapServers(), names.group(), payments, letters));
        tool.runWith("k:first\nk:second\nk:third\n", "push", payments, "--key-separator", ":")
                .fine();
        try (KqQueue queue = KqQueue.builder(conf)
                .messageHandler(message -> {
                    boolean replayed = message.headers().lastHeader(Letter.REPLAYED_FROM) != null;
                    if (replayed) {
                        again.countDown();
                    }
                    throw new IllegalStateException("no");
                })
                .build()) {
            queue.start();
            tool.run("consume", letters, "--from", "first", "--follow", "--count", "3")
                    .fine();
            // Each of the three fails again at once, and its letter lands behind what this replay saw.
            assertThat(deadLetters("replay", "--yes", "--exception", "IllegalStateException")
                            .fine()
                            .out())
                    .isEqualTo("Replayed 3 of 3 letters (" + payments + " 3), 0 failed.\n");
            assertThat(again.await(20, TimeUnit.SECONDS)).isTrue();
            tool.run("consume", letters, "--from", "3", "--follow", "--count", "3")
                    .fine();
        }
        JsonNode plan = deadLetters("replay", "--json").fine().json();
        assertThat(plan.get("matched").asLong()).isEqualTo(6);
        assertThat(plan.get("replayedBefore").asLong()).isEqualTo(3);
        assertThat(in(payments)).hasSize(6).last().asString().contains("third  kq-replayed-from=" + letters + "-0@2");
    }
}
