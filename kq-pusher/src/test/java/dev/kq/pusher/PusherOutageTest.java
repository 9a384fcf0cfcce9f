package dev.kq.pusher;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kq.testkit.EmbeddedKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Brokers that are away, for a while or for good. */
@Timeout(120)
class PusherOutageTest {
    private static EmbeddedKafka kafka;

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    private static PusherBuilder builder(EmbeddedKafka on, String topic) {
        return Pusher.builder(List.of(on.bootstrapServers()), topic);
    }

    @Test
    void push_whileTheBrokerIsAwaySucceedsWhenItReturns() throws Exception {
        kafka.createTopic("restart", 1);
        try (Pusher pusher = builder(kafka, "restart").build()) {
            pusher.pushSync("k", "0");
            kafka.stopNode(0);
            List<CompletableFuture<PushResult>> waiting = IntStream.range(1, 100)
                    .mapToObj(i -> pusher.push("k", String.valueOf(i)))
                    .toList();
            assertThat(waiting).noneMatch(CompletableFuture::isDone);

            kafka.startNode(0);

            for (CompletableFuture<PushResult> result : waiting) {
                result.get(60, SECONDS);
            }
        } finally {
            kafka.startNode(0);
        }
        assertThat(TopicReader.all(kafka, "restart"))
                .extracting(ConsumerRecord::value)
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(String::valueOf).toList());
    }

    @Test
    void push_thatRunsOutOfTimeFailsAndIsCounted() {
        kafka.createTopic("too-late", 1);
        try (Pusher pusher = builder(kafka, "too-late")
                .deliveryTimeout(Duration.ofSeconds(10))
                .build()) {
            pusher.pushSync("first");
            kafka.stopNode(0);

            List<CompletableFuture<PushResult>> late =
                    IntStream.range(0, 10).mapToObj(i -> pusher.push("late")).toList();

            for (CompletableFuture<PushResult> result : late) {
                assertThatThrownBy(() -> result.get(30, SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(PushException.class)
                        .hasMessageContaining("too-late")
                        .hasCauseInstanceOf(TimeoutException.class);
            }
            assertThat(pusher.stats()).isEqualTo(new PusherStats(1, 10, 0));
        } finally {
            kafka.startNode(0);
        }
    }

    @Test
    void push_intoAFullBufferBlocksUpToMaxBlockAndThenFailsClearly() {
        kafka.createTopic("full", 1);
        try (Pusher pusher = builder(kafka, "full")
                .chunkSize(1000)
                .bufferBytes(10_000)
                .compression("none")
                .maxBlock(Duration.ofMillis(500))
                .closeTimeout(Duration.ofMillis(100))
                .build()) {
            await().atMost(Duration.ofSeconds(30)).until(() -> succeeds(pusher));
            long failed = pusher.stats().failed(); // a cold broker may have taken longer than that
            kafka.stopNode(0);
            List<CompletableFuture<PushResult>> results = new ArrayList<>();
            long begun = System.nanoTime();
            do {
                results.add(pusher.push("x".repeat(900)));
            } while (!results.get(results.size() - 1).isDone());

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(450), Duration.ofSeconds(20));
            assertThat(results).hasSize(11);
            assertThatThrownBy(() -> results.get(10).get(1, SECONDS))
                    .cause()
                    .hasMessageContaining("full")
                    .hasMessageContaining("500 ms");
            assertThat(pusher.close(Duration.ofMillis(200))).isEqualTo(new CloseReport(1, failed + 1, 10));
            assertThat(results).allMatch(CompletableFuture::isCompletedExceptionally);
        } finally {
            kafka.startNode(0);
        }
    }

    private static boolean succeeds(Pusher pusher) {
        CompletableFuture<PushResult> result = pusher.push("first");
        pusher.flush();
        return !result.isCompletedExceptionally();
    }

    @Test
    void push_whenNoBrokerEverAnsweredFailsAfterMaxBlock() {
        try (Pusher pusher = Pusher.builder(List.of("127.0.0.1:1"), "nowhere")
                .maxBlock(Duration.ofMillis(300))
                .build()) {
            assertThatThrownBy(() -> pusher.pushSync("a"))
                    .isInstanceOf(PushException.class)
                    .hasMessageContaining("nowhere")
                    .hasMessageContaining("no broker answered within 300 ms");
        }
    }

    @Test
    void push_withAWrongPasswordFailsFastAndSaysSo() {
        try (EmbeddedKafka secured =
                EmbeddedKafka.builder().saslPlain("ann", "right").start()) {
            secured.createTopic("secured", 1);
            Map<String, Object> right = secured.clientProperties();
            right.remove("bootstrap.servers");
            try (Pusher pusher = builder(secured, "secured").properties(right).build()) {
                assertThat(pusher.pushSync("a").offset()).isZero();
            }
            Map<String, Object> wrong = Map.of(
                    "security.protocol",
                    "SASL_PLAINTEXT",
                    "sasl.mechanism",
                    "PLAIN",
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"ann\" password=\"hunter2\";");
            try (Pusher pusher = builder(secured, "secured").properties(wrong).build()) {
                assertThatThrownBy(() -> pusher.push("a").get(20, SECONDS))
                        .cause()
                        .isInstanceOf(PushException.class)
                        .hasMessageContaining("secured")
                        .hasMessageNotContaining("hunter2")
                        .hasCauseInstanceOf(SaslAuthenticationException.class);
            }
        }
    }

    @Test
    void push_survivesOneNodeOfThreeAndWaitsForTheReplicasItNeeds() throws Exception {
        try (EmbeddedKafka cluster = EmbeddedKafka.builder().nodes(3).start()) {
            cluster.createTopic("two-are-enough", 3, 3, Map.of("min.insync.replicas", "2"));
            cluster.createTopic("all-are-needed", 1, 3, Map.of("min.insync.replicas", "3"));
            try (Pusher two = builder(cluster, "two-are-enough").build();
                    Pusher all = builder(cluster, "all-are-needed").build();
                    Pusher impatient = builder(cluster, "all-are-needed")
                            .deliveryTimeout(Duration.ofSeconds(10))
                            .build()) {
                try (Pusher creating = builder(cluster, "made-for-it")
                        .allowAutoTopicCreation(2, 3)
                        .build()) {
                    creating.pushSync("first");
                }
                assertThat(TopicReader.partitions(cluster, "made-for-it"))
                        .hasSize(2)
                        .allMatch(partition -> partition.replicas().length == 3);
                all.pushSync("before");
                impatient.pushSync("before");
                cluster.stopNode(2);

                for (int i = 0; i < 100; i++) {
                    two.push("k" + i, "v");
                }
                two.flush();
                assertThat(two.stats()).isEqualTo(new PusherStats(100, 0, 0));

                CompletableFuture<PushResult> failed = impatient.push("too early");
                assertThatThrownBy(() -> failed.get(30, SECONDS))
                        .cause()
                        .isInstanceOf(PushException.class)
                        .cause()
                        .isInstanceOfAny(NotEnoughReplicasException.class, TimeoutException.class);
                CompletableFuture<PushResult> waiting = all.push("after");
                assertThat(waiting).isNotDone();
                cluster.startNode(2);
                assertThat(waiting.get(60, SECONDS).topic()).isEqualTo("all-are-needed");
            }
        }
    }
}
