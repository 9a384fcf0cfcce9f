package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A queue on a real broker: what is pushed is handled, in order, and committed. */
class KqQueueTest extends BrokerTest {
    @Test
    void everyMessage_isHandledOnce_andCommitted() throws Exception {
        kafka.createTopic(topic, 4);
        Kafka.push(kafka, topic, 20_000, 100);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(20_000);
        try (KqQueue queue = new KqQueue(conf().build(), (key, value) -> {
            assertThat(seen.add(value)).isTrue();
            all.countDown();
        })) {
            queue.start();
            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
            Kafka.awaitAllCommitted(kafka, topic, group);
            assertThat(queue.health().status()).isEqualTo(Health.Status.UP);
            StopReport report = queue.stop();
            assertThat(report.handled()).isEqualTo(20_000);
            assertThat(report.stillRunning()).isZero();
            assertThat(report.committed()).isEqualTo(Kafka.ends(kafka, topic));
        }
    }

    @Test
    void messagesOfOneKey_comeInOrder() throws Exception {
        kafka.createTopic(topic, 3);
        Kafka.push(kafka, topic, 6_000, 7);
        CountDownLatch all = new CountDownLatch(6_000);
        ConcurrentHashMap<String, List<Integer>> byKey = new ConcurrentHashMap<>();
        try (KqQueue queue = new KqQueue(conf().build(), (key, value) -> {
            byKey.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(Integer.parseInt(value));
            all.countDown();
        })) {
            queue.start();
            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(byKey).hasSize(7);
        byKey.values().forEach(values -> assertThat(values).isSorted().doesNotHaveDuplicates());
    }

    @Test
    void nullKeysAndTombstones_stayNull() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(
                kafka,
                List.of(
                        new ProducerRecord<>(topic, null, "without key"),
                        new ProducerRecord<>(topic, "deleted", null),
                        new ProducerRecord<>(topic, "", "")));
        List<String> seen = new CopyOnWriteArrayList<>();
        start(conf().build(), (key, value) -> seen.add(key + "=" + value));
        await().untilAsserted(
                        () -> assertThat(seen).containsExactlyInAnyOrder("null=without key", "deleted=null", "="));
    }

    @Test
    void messageHandler_seesWhereTheMessageCameFrom() throws Exception {
        kafka.createTopic(topic, 2);
        ProducerRecord<String, String> pushed = new ProducerRecord<>(topic, 1, 1_234_567_890_123L, "k", "v");
        pushed.headers().add("trace", new byte[] {1, 2});
        Kafka.push(kafka, List.of(pushed));
        List<Message> seen = new CopyOnWriteArrayList<>();
        start(KqQueue.builder(conf().build()).messageHandler(seen::add));
        await().untilAsserted(() -> assertThat(seen).hasSize(1));

        Message message = seen.get(0);
        assertThat(message.topic()).isEqualTo(topic);
        assertThat(message.partition()).isEqualTo(1);
        assertThat(message.offset()).isZero();
        assertThat(message.timestamp()).isEqualTo(1_234_567_890_123L);
        assertThat(message.key()).isEqualTo("k");
        assertThat(message.valueBytes()).isEqualTo("v".getBytes(StandardCharsets.UTF_8));
        assertThat(message.headers().lastHeader("trace").value()).containsExactly(1, 2);
        assertThat(message.attempt()).isEqualTo(1);
    }

    @Test
    void offsetLast_readsOnlyWhatIsPushedLater_andARestartBeforeTheFirstMessageSkipsNothing() throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, topic, 10, 3);
        KqConf conf = conf().offset(StartOffset.LAST).build();
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue first = start(conf, (key, value) -> seen.add(value));
        await().untilAsserted(() -> assertThat(Kafka.committed(kafka, group)).isEqualTo(Kafka.ends(kafka, topic)));
        first.close();
        assertThat(seen).isEmpty();

        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, "k", "pushed while nobody read")));
        start(conf, (key, value) -> seen.add(value));
        await().untilAsserted(() -> assertThat(seen).containsExactly("pushed while nobody read"));
    }

    @ParameterizedTest
    @EnumSource(GroupMode.class)
    void offsetLast_skipsNothing_whereTheCommittedOffsetIsGone(GroupMode mode) throws Exception {
        notOnOldest(mode);
        kafka.createTopic(topic, 1);
        KqConf conf = mode.applyTo(conf().offset(StartOffset.LAST)).build();
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue first = start(conf, (key, value) -> seen.add(value));
        await().untilAsserted(() -> assertThat(Kafka.committed(kafka, group)).containsValue(0L));
        Kafka.push(kafka, topic, 10, 3);
        awaitReconciled(first);
        first.close();
        seen.clear();

        Kafka.push(kafka, topic, 90, 3); // values from 0 to 89, at offsets from 10 to 99
        try (Admin admin = Admin.create(kafka.adminProperties())) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(50)))
                    .all()
                    .get();
        }
        KqQueue second = start(conf, (key, value) -> seen.add(value));
        awaitReconciled(second);
        assertThat(seen).hasSize(50).contains("40", "89");
    }

    @Test
    void topics_areReadTogether_andAPatternFindsNewOnes() throws Exception {
        String a = kafka.createTopic(topic + "-a", 1);
        String b = kafka.createTopic(topic + "-b", 2);
        Kafka.push(kafka, List.of(new ProducerRecord<>(a, "k", "a"), new ProducerRecord<>(b, "k", "b")));
        List<String> seen = new CopyOnWriteArrayList<>();
        KqConf list = conf().topic(null).topics(a, b).build();
        KqQueue queue = start(list, (key, value) -> seen.add(value));
        await().untilAsserted(() -> assertThat(seen).containsExactlyInAnyOrder("a", "b"));
        queue.close();

        for (GroupMode mode : List.of(GroupMode.COOPERATIVE, GroupMode.KIP_848)) {
            notOnOldest(mode);
            List<String> matched = new CopyOnWriteArrayList<>();
            KqConf pattern = mode.applyTo(conf().group(group + mode).topic(null).topicPattern(topic + "-[a-z0-9_]+"))
                    .build();
            start(pattern, (key, value) -> matched.add(value));
            await().untilAsserted(() -> assertThat(matched).contains("a", "b"));
            String late = kafka.createTopic(topic + "-late_" + mode.name().toLowerCase(Locale.ROOT), 1);
            Kafka.push(kafka, List.of(new ProducerRecord<>(late, "k", "late")));
            await().untilAsserted(() -> assertThat(matched).contains("late"));
        }
    }

    @Test
    void abortedTransactionsAndMarkers_doNotHoldTheCommit() throws Exception {
        kafka.createTopic(topic, 1);
        try (KafkaProducer<String, String> producer =
                Kafka.producer(kafka, Map.of("transactional.id", topic, "enable.idempotence", true))) {
            producer.initTransactions();
            for (int i = 0; i < 20; i++) {
                producer.beginTransaction();
                for (int j = 0; j < 10; j++) {
                    producer.send(new ProducerRecord<>(topic, "k" + j, (i % 2 == 0 ? "good " : "aborted ") + i + j))
                            .get();
                }
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue queue =
                start(conf().property("isolation.level", "read_committed").build(), (key, value) -> seen.add(value));
        await().untilAsserted(() -> assertThat(seen).hasSize(100));
        assertThat(seen).allMatch(value -> value.startsWith("good"));
        awaitReconciled(queue);
    }

    @Test
    void compactedTopic_endsAtLagZero() throws Exception {
        notOnOldest("max.compaction.lag.ms came with Kafka 2.3");
        kafka.createTopic(
                topic,
                1,
                1,
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.ms", "100",
                        "min.cleanable.dirty.ratio", "0.01",
                        "delete.retention.ms", "100",
                        "min.compaction.lag.ms", "0",
                        "max.compaction.lag.ms", "100"));
        for (int round = 0; round < 5; round++) {
            Kafka.push(kafka, topic, 200, 10);
        }
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue queue = start(conf().build(), (key, value) -> seen.add(value));
        awaitReconciled(queue);
        assertThat(seen).contains("199");
    }

    @Test
    void failedMessage_isTriedAgain_withoutHoldingOtherKeysUp() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1_000, 100);
        List<Integer> attempts = new CopyOnWriteArrayList<>();
        CountDownLatch others = new CountDownLatch(990);
        CountDownLatch gate = new CountDownLatch(1);
        KqConf conf = conf().retry(new RetryConf(3, Duration.ofMillis(50), Duration.ofSeconds(1), 2, 0))
                .build();
        KqQueue queue = start(KqQueue.builder(conf).messageHandler(message -> {
            if ("k7".equals(message.key())) {
                assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
                if ("7".equals(message.value())) {
                    attempts.add(message.attempt());
                    if (message.attempt() < 3) {
                        throw new Exception("not yet");
                    }
                }
            } else {
                others.countDown();
            }
        }));
        assertThat(others.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(Kafka.committed(kafka, group).getOrDefault(new TopicPartition(topic, 0), 0L))
                .isLessThanOrEqualTo(7);
        gate.countDown();
        awaitReconciled(queue);
        assertThat(attempts).containsExactly(1, 2, 3);
    }

    @Test
    void forceCommitTrue_passesTheMessageAfterItsAttempts_falseNeverDoes() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 3, 3);
        RetryConf retry = new RetryConf(2, Duration.ofMillis(5), Duration.ofMillis(20), 2, 0);
        ConsumeHandler handler = (key, value) -> {
            if ("k1".equals(key)) {
                throw new Exception("always");
            }
        };
        KqQueue passing = start(conf().retry(retry).build(), handler);
        awaitReconciled(passing);

        List<Integer> attempts = new CopyOnWriteArrayList<>();
        KqConf holding =
                conf().group(group + "2").forceCommit(false).retry(retry).build();
        start(KqQueue.builder(holding).handler(handler).errorHandler((message, e, attempt) -> attempts.add(attempt)));
        await().untilAsserted(() ->
                assertThat(Kafka.committed(kafka, group + "2")).containsEntry(new TopicPartition(topic, 0), 1L));
        int before = attempts.size();
        await().untilAsserted(() -> assertThat(attempts).hasSizeGreaterThan(before + 20));
        assertThat(Kafka.committed(kafka, group + "2")).containsEntry(new TopicPartition(topic, 0), 1L);
    }
}
