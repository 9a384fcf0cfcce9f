package dev.kq.pusher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
@ExtendWith(KafkaExtension.class)
class PusherOnKafkaTest {
    private final EmbeddedKafka kafka;
    private final String topic;

    PusherOnKafkaTest(EmbeddedKafka kafka, TestInfo test) {
        this.kafka = kafka;
        this.topic = "pusher-" + test.getTestMethod().orElseThrow().getName() + "-" + System.nanoTime();
    }

    private PusherBuilder builder() {
        return Pusher.builder(List.of(kafka.bootstrapServers()), topic);
    }

    @Test
    void meters_showWhatBecameOfTheRecords_untilTheClose() throws Exception {
        kafka.createTopic(topic, 1);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Pusher pusher = builder().meterRegistry(registry).build()) {
            for (int i = 0; i < 10; i++) {
                pusher.pushSync("k", "v" + i);
            }
            assertThat(pusher.push("k", "x".repeat(2_000_000))).isCompletedExceptionally();
            assertThat(registry.get("kq.push.delivered")
                            .tag("topic", topic)
                            .functionCounter()
                            .count())
                    .isEqualTo(10);
            assertThat(registry.get("kq.push.failed").functionCounter().count()).isEqualTo(1);
            assertThat(registry.get("kq.push.pending").gauge().value()).isZero();
            // The caller may go on before the network thread has counted, and has given the room back.
            await().untilAsserted(() ->
                    assertThat(registry.get("kq.push.time").timer().count()).isEqualTo(10));
            await().untilAsserted(() -> assertThat(
                            registry.get("kq.push.buffer.used").gauge().value())
                    .isZero());
            assertThat(registry.get("kq.push.time").timer().totalTime(TimeUnit.MILLISECONDS))
                    .isPositive();
            assertThat(registry.get("kq.push.bytes").functionCounter().count()).isPositive();
            assertThat(registry.get("kq.push.buffer.size").gauge().value()).isEqualTo(32 * 1024 * 1024);
            String documented = Files.readString(Path.of("../docs/metrics.md"));
            registry.getMeters()
                    .forEach(meter ->
                            assertThat(documented).contains("`" + meter.getId().getName() + "`"));
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void push_isReadBackWithAllItCarries() {
        kafka.createTopic(topic, 3);
        PushResult where;
        Instant time = Instant.ofEpochMilli(System.currentTimeMillis() - 5000);
        try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers()), topic)) {
            where = pusher.pushSync(PushRecord.builder()
                    .key("k")
                    .value("värde")
                    .header("trace", "1")
                    .partition(2)
                    .timestamp(time)
                    .build());
        }

        ConsumerRecord<String, String> read = TopicReader.all(kafka, topic).get(0);
        assertThat(where).isEqualTo(new PushResult(topic, 2, 0, time.toEpochMilli()));
        assertThat(read.key()).isEqualTo("k");
        assertThat(read.value()).isEqualTo("värde");
        assertThat(read.partition()).isEqualTo(2);
        assertThat(read.timestamp()).isEqualTo(time.toEpochMilli());
        assertThat(read.headers().lastHeader("trace").value()).asString(UTF_8).isEqualTo("1");
    }

    @Test
    void push_keyChoosesThePartitionByMurmur2() {
        kafka.createTopic(topic, 7);
        try (Pusher pusher = builder().build()) {
            for (int i = 0; i < 100; i++) {
                pusher.push("account-" + i, "v");
            }
        }

        assertThat(TopicReader.all(kafka, topic))
                .hasSize(100)
                .allSatisfy(read -> assertThat(read.partition())
                        .isEqualTo(Utils.toPositive(Utils.murmur2(read.key().getBytes(UTF_8))) % 7));
    }

    @Test
    void push_balancerChoosesThePartition() {
        kafka.createTopic(topic, 4);
        try (Pusher pusher = builder().balancer(RoundRobinPartitioner.class).build()) {
            for (int i = 0; i < 8; i++) {
                pusher.push("same key", "v");
            }
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::partition)
                .contains(0, 1, 2, 3);
    }

    @Test
    void push_oversizeRecordFailsAloneInItsChunk() {
        kafka.createTopic(topic, 1);
        List<CompletableFuture<PushResult>> results;
        try (Pusher pusher = builder().flushInterval(Duration.ofMillis(500)).build()) {
            results = pusher.pushAll(List.of(
                    PushRecord.of("k", "before"),
                    PushRecord.of("k", "x".repeat(1_100_000)),
                    PushRecord.of("k", "after")));
        }

        assertThat(results.get(0)).isCompleted();
        assertThat(results.get(2)).isCompleted();
        assertThatThrownBy(() -> results.get(1).get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(PushException.class)
                .hasMessageContaining(topic)
                .hasCauseInstanceOf(RecordTooLargeException.class);
        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactly("before", "after");
    }

    @Test
    void push_recordLargerThanTheTopicAllowsFailsAloneInItsChunk() {
        kafka.createTopic(topic, 1, 1, Map.of("max.message.bytes", "10000"));
        List<CompletableFuture<PushResult>> results = new ArrayList<>();
        try (Pusher pusher = builder()
                .compression("none")
                .flushInterval(Duration.ofMillis(500))
                .build()) {
            for (int i = 0; i < 5; i++) {
                results.add(pusher.push("k", "small " + i));
            }
            results.add(pusher.push("k", "x".repeat(20_000)));
            for (int i = 5; i < 10; i++) {
                results.add(pusher.push("k", "small " + i));
            }
        }

        assertThatThrownBy(() -> results.get(5).get(20, TimeUnit.SECONDS))
                .cause()
                .hasCauseInstanceOf(RecordTooLargeException.class);
        assertThat(results.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(1);
        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactly(
                        "small 0", "small 1", "small 2", "small 3", "small 4", "small 5", "small 6", "small 7",
                        "small 8", "small 9");
    }

    @Test
    void push_chunkLargerThanTheTopicAllowsIsDividedInOrder() throws Exception {
        kafka.createTopic(topic, 1, 1, Map.of("max.message.bytes", "10000"));
        List<CompletableFuture<PushResult>> results = new ArrayList<>();
        try (Pusher pusher = builder()
                .compression("none")
                .flushInterval(Duration.ofMillis(500))
                .build()) {
            for (int i = 0; i < 300; i++) {
                results.add(pusher.push("k", i + "x".repeat(i % 10 == 0 ? 9_800 : i % 1_000)));
            }
            for (CompletableFuture<PushResult> result : results) {
                result.get(20, TimeUnit.SECONDS);
            }
        }

        List<ConsumerRecord<String, String>> read = TopicReader.all(kafka, topic);
        assertThat(read).hasSize(300);
        for (int i = 0; i < 300; i++) {
            assertThat(read.get(i).value()).startsWith(i + "x".repeat(i % 10 == 0 ? 1 : 0));
        }
    }

    @Test
    void push_recordThatACompactedTopicRefusesFailsAloneInItsChunk() {
        kafka.createTopic(topic, 1, 1, Map.of("cleanup.policy", "compact"));
        List<CompletableFuture<PushResult>> results;
        try (Pusher pusher = builder().flushInterval(Duration.ofMillis(500)).build()) {
            results =
                    pusher.pushAll(List.of(PushRecord.of("a", "1"), PushRecord.of("no key"), PushRecord.of("b", "2")));
        }

        assertThat(results.get(0)).isCompleted();
        assertThat(results.get(2)).isCompleted();
        assertThatThrownBy(() -> results.get(1).get(20, TimeUnit.SECONDS))
                .cause()
                .hasMessageContaining("compacted")
                .hasCauseInstanceOf(InvalidRecordException.class);
    }

    @Test
    void push_missingTopicFailsFastWithItsName() {
        try (Pusher pusher = builder().build()) {
            CompletableFuture<PushResult> failed = pusher.push("a").orTimeout(20, TimeUnit.SECONDS);
            assertThatThrownBy(() -> failed.get(30, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(PushException.class)
                    .hasMessageContaining(topic)
                    .hasMessageContaining("does not exist")
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
            assertThat(pusher.stats()).isEqualTo(new PusherStats(0, 1, 0));
        }
    }

    @Test
    void push_missingTopicIsCreatedIfAllowed() {
        try (Pusher pusher = builder().allowAutoTopicCreation(3, 1).build();
                Pusher other = builder().allowAutoTopicCreation(5, 1).build()) {
            pusher.pushSync("a");
            other.pushSync(PushRecord.builder().value("b").partition(2).build());
            assertThatThrownBy(() -> other.pushSync(
                            PushRecord.builder().value("c").partition(3).build()))
                    .hasMessageContaining("the topic has 3");
        }

        assertThat(TopicReader.all(kafka, topic)).hasSize(2);
    }

    @Test
    void push_topicCreatedForItTakesTheFirstRecordsOfAllThreads() throws InterruptedException {
        try (Pusher pusher = builder()
                .allowAutoTopicCreation(16, 1)
                .flushInterval(Duration.ZERO)
                .chunkSize(500)
                .build()) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                threads.add(new Thread(() -> {
                    for (int i = 0; i < 1000; i++) {
                        pusher.push("k" + i, "v");
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(pusher.close(Duration.ofSeconds(30))).isEqualTo(new CloseReport(4000, 0, 0));
        }
    }

    @Test
    void push_withoutKeyFillsOneChunkBeforeTheNextPartition() {
        kafka.createTopic(topic, 8);
        try (Pusher pusher = builder().flushInterval(Duration.ofMillis(500)).build()) {
            for (int i = 0; i < 100; i++) {
                pusher.push("v" + i);
            }
        }

        assertThat(TopicReader.all(kafka, topic))
                .hasSize(100)
                .extracting(ConsumerRecord::partition)
                .containsOnly(TopicReader.all(kafka, topic).get(0).partition());
    }

    @Test
    void push_balancerByNameChoosesThePartition() {
        kafka.createTopic(topic, 4);
        try (Pusher pusher = builder().balancer("roundRobin").build()) {
            for (int i = 0; i < 8; i++) {
                pusher.push("same key", "v");
            }
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::partition)
                .contains(0, 1, 2, 3);
    }

    @Test
    void push_bytesAndNullsAreReadBackAsTheyAre() {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = builder().build()) {
            pusher.push("bytes".getBytes(UTF_8));
            pusher.push("key".getBytes(UTF_8), "both".getBytes(UTF_8));
            pusher.push("tombstone", null);
            pusher.push("", "empty key");
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::key, ConsumerRecord::value)
                .containsExactly(
                        tuple(null, "bytes"), tuple("key", "both"), tuple("tombstone", null), tuple("", "empty key"));
    }

    @Test
    void push_topicWithItsOwnClockTellsTheTimeOfTheBroker() {
        kafka.createTopic(topic, 1, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        try (Pusher pusher = builder().build()) {
            PushResult result = pusher.pushSync(
                    PushRecord.builder().value("v").timestamp(Instant.EPOCH).build());

            assertThat(result.timestamp())
                    .isNotZero()
                    .isEqualTo(TopicReader.all(kafka, topic).get(0).timestamp());
        }
    }

    @Test
    void syncPush_returnsWhenAcknowledgedAndThrowsForARefusedRecord() {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = builder().syncPush(true).build()) {
            assertThat(pusher.push("a")).isCompletedWithValueMatching(result -> result.offset() == 0);
            assertThatThrownBy(() -> pusher.push("x".repeat(1_100_000)))
                    .isInstanceOf(PushException.class)
                    .hasMessageContaining(topic)
                    .hasCauseInstanceOf(RecordTooLargeException.class);

            List<CompletableFuture<PushResult>> all = pusher.pushAll(
                    List.of(PushRecord.of("b"), PushRecord.of("x".repeat(1_100_000)), PushRecord.of("c")));
            assertThat(all).allMatch(CompletableFuture::isDone);
            assertThat(all)
                    .extracting(CompletableFuture::isCompletedExceptionally)
                    .containsExactly(false, true, false);
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactly("a", "b", "c");
    }

    @Test
    void flush_sendsWithoutWaitingForTheInterval() {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = builder().flushInterval(Duration.ofSeconds(60)).build()) {
            CompletableFuture<PushResult> pushed = pusher.push("a");
            assertThat(pushed).isNotDone();

            pusher.flush();

            assertThat(pushed).isCompleted();
        }
    }

    @Test
    void failures_nobodyLooksAtAreLoggedOncePerBurstAndCounted() {
        Logger logger = (Logger) LoggerFactory.getLogger(Pusher.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        try (Pusher pusher = builder().build()) {
            for (int i = 0; i < 100; i++) {
                pusher.push("into a topic that is missing");
            }

            assertThat(pusher.stats()).isEqualTo(new PusherStats(0, 100, 0));
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly("Push to topic " + topic + " failed: the topic does not exist");
        } finally {
            logger.detachAppender(lines);
            logger.setAdditive(true);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .hasSize(2)
                .last()
                .asString()
                .startsWith("99 more pushes to topic " + topic);
    }

    @Test
    void close_byManyThreadsAndAgainReportsTheSame() throws Exception {
        kafka.createTopic(topic, 2);
        Pusher pusher = builder().flushInterval(Duration.ofSeconds(60)).build();
        for (int i = 0; i < 100; i++) {
            pusher.push("v" + i);
        }
        List<CompletableFuture<CloseReport>> reports = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            reports.add(CompletableFuture.supplyAsync(
                    () -> pusher.close(Duration.ofSeconds(30)), task -> new Thread(task).start()));
        }

        for (CompletableFuture<CloseReport> report : reports) {
            assertThat(report.get()).isEqualTo(new CloseReport(100, 0, 0));
        }
        assertThat(pusher.close(Duration.ofSeconds(30))).isEqualTo(new CloseReport(100, 0, 0));
        assertThat(TopicReader.all(kafka, topic)).hasSize(100);
    }

    @Test
    void constructor_takesTheSectionOfAFile(@TempDir Path folder) throws IOException {
        kafka.createTopic(topic, 2);
        Path file = Files.writeString(folder.resolve("app.yaml"), """
                Name: mq
                KqPusherConf:
                  Brokers: [%s]
                  Topic: %s
                  ChunkSize: 16KiB
                  FlushInterval: 1ms
                  Acks: all
                  Compression: zstd
                  SyncPush: true
                  MaxBlock: 10s
                  DeliveryTimeout: 20s
                  BufferBytes: 8MiB
                  Balancer: roundRobin
                  Properties: {client.id: from-a-file}
                """.formatted(kafka.bootstrapServers(), topic));
        try (Pusher pusher = new Pusher(KqPusherConf.load(file, "KqPusherConf"))) {
            assertThat(List.of(pusher.push("k", "1"), pusher.push("k", "2"))).allMatch(CompletableFuture::isDone);
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::partition)
                .containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void pushJson_writesTheObject() {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = builder().build()) {
            pusher.pushJson("k", Map.of("amount", 5));
            CompletableFuture<PushResult> unwritable = pusher.pushJson("k", new Object());
            pusher.pushJson(List.of("ä"));
            assertThatThrownBy(unwritable::join).cause().hasMessageContaining("java.lang.Object");
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactly("{\"amount\":5}", "[\"ä\"]");
    }

    @Test
    void close_deliversWhatIsWaitingAndReportsIt() {
        kafka.createTopic(topic, 2);
        Pusher pusher = builder().flushInterval(Duration.ofSeconds(60)).build();
        for (int i = 0; i < 1000; i++) {
            pusher.push("v" + i);
        }

        CloseReport report = pusher.close(Duration.ofSeconds(30));

        assertThat(report).isEqualTo(new CloseReport(1000, 0, 0));
        assertThat(TopicReader.all(kafka, topic)).hasSize(1000);
    }

    @Test
    void close_whereAFutureCompletesDoesNotWaitForItself() {
        kafka.createTopic(topic, 1);
        Pusher pusher = builder().build();

        CloseReport fromCallback = pusher.push("a")
                .thenApply(ignored -> pusher.close(Duration.ofSeconds(30)))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();

        assertThat(fromCallback.delivered()).isOne();
        assertThat(pusher.close(Duration.ofSeconds(30))).isEqualTo(new CloseReport(1, 0, 0));
    }

    @Test
    void close_whileOthersPushLosesNoFuture() throws InterruptedException {
        kafka.createTopic(topic, 4);
        Pusher pusher = builder().build();
        List<List<CompletableFuture<PushResult>>> results = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            List<CompletableFuture<PushResult>> mine = new ArrayList<>();
            results.add(mine);
            Thread thread = new Thread(() -> {
                do {
                    mine.add(pusher.push("v"));
                } while (!pusher.closed());
                mine.add(pusher.push("late"));
            });
            threads.add(thread);
            thread.start();
        }
        while (pusher.stats().delivered() < 1000) {
            Thread.onSpinWait();
        }

        pusher.close(Duration.ofSeconds(30));
        for (Thread thread : threads) {
            thread.join();
        }

        List<CompletableFuture<PushResult>> all =
                results.stream().flatMap(List::stream).toList();
        long delivered = all.stream()
                .filter(result -> result.isDone() && !result.isCompletedExceptionally())
                .count();
        assertThat(all).allMatch(CompletableFuture::isDone);
        assertThat(pusher.stats().delivered()).isEqualTo(delivered);
        assertThat(TopicReader.all(kafka, topic)).hasSize((int) delivered);
    }

    @Test
    void inTransaction_readersSeeAllOrNothing() {
        kafka.createTopic(topic, 2);
        try (Pusher pusher = builder().transactionalId(topic).build()) {
            pusher.inTransaction(tx -> {
                tx.push("a", "1");
                tx.push("b", "2");
            });
            assertThatThrownBy(() -> pusher.inTransaction(tx -> {
                        tx.push("a", "3").join();
                        throw new IllegalArgumentException("no");
                    }))
                    .hasMessage("no");
            assertThatThrownBy(() -> pusher.inTransaction(tx -> {
                        tx.push("a", "4");
                        tx.push("a", "x".repeat(1_100_000));
                    }))
                    .isInstanceOf(PushException.class)
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            pusher.inTransaction(tx -> tx.push("a", "5"));
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactlyInAnyOrder("1", "2", "5");
    }

    @Test
    void inTransaction_laterPusherWithTheSameIdFencesTheEarlier() {
        kafka.createTopic(topic, 1);
        try (Pusher earlier = builder().transactionalId(topic).build();
                Pusher later = builder().transactionalId(topic).build()) {
            earlier.inTransaction(tx -> tx.push("1"));
            later.inTransaction(tx -> tx.push("2"));

            assertThatThrownBy(() -> earlier.inTransaction(tx -> tx.push("3")))
                    .isInstanceOf(PushException.class)
                    .hasMessageContaining("has taken over");
            later.inTransaction(tx -> tx.push("4"));
        }

        assertThat(TopicReader.all(kafka, topic))
                .extracting(ConsumerRecord::value)
                .containsExactly("1", "2", "4");
    }
}
