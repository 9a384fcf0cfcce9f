package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.errors.KqException;
import dev.kq.testkit.EmbeddedKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can go wrong at night: the queue goes on or recovers by itself, and its health says so. */
class TroubleTest extends BrokerTest {
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void brokerAwayAtStart_andAgainLater_isWaitedFor(GroupMode mode) throws Exception {
        try (EmbeddedKafka own = EmbeddedKafka.start()) {
            String name = own.createTopic("t", 2);
            own.stopNode(0);
            KqConf conf = mode.applyTo(conf().brokers(own.bootstrapServers()).topic(name))
                    .build();
            KqQueue queue = start(conf, (key, value) -> seen.add(value));
            await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.DEGRADED));
            assertThat(queue.health().reasons()).anyMatch(reason -> reason.startsWith("no broker answers"));

            own.startNode(0);
            Kafka.push(TestBroker.of(own), List.of(new ProducerRecord<>(name, "k", "first")));
            await().untilAsserted(() -> assertThat(seen).contains("first"));
            await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));

            own.stopNode(0);
            await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.DEGRADED));
            own.startNode(0);
            Kafka.push(TestBroker.of(own), List.of(new ProducerRecord<>(name, "k", "second")));
            await().untilAsserted(() -> assertThat(seen).contains("second"));
            Kafka.awaitAllCommitted(TestBroker.of(own), name, group);
            queue.close();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void missingTopic_isReported_andReadAsSoonAsItIsThere(GroupMode mode) throws Exception {
        KqQueue queue = start(mode.applyTo(conf()).build(), (key, value) -> seen.add(value));
        await().untilAsserted(() ->
                assertThat(queue.health().reasons()).containsExactly("the topic does not exist: " + topic));
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, topic, 10, 10);
        await().untilAsserted(() -> assertThat(seen).hasSize(10));
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
    }

    @Test
    void recordThatFailsForEver_showsAsAPartitionWithoutProgress_untilItSucceeds() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 50);
        AtomicBoolean broken = new AtomicBoolean(true);
        RetryConf retry = new RetryConf(2, Duration.ofMillis(20), Duration.ofMillis(100), 2, 0);
        KqQueue queue = start(
                conf().forceCommit(false)
                        .retry(retry)
                        .stallAfter(Duration.ofSeconds(1))
                        .build(),
                (key, value) -> {
                    if ("k3".equals(key) && broken.get()) {
                        throw new Exception("not yet");
                    }
                });
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(queue.health().reasons())
                        .anyMatch(reason -> reason.startsWith(
                                "a partition makes no progress: " + topic + "-0 waits for offset 3, longer than 1 s")));
        broken.set(false);
        awaitReconciled(queue);
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
    }

    @Test
    void topicDeletedAndCreatedAnew_isReadFromItsStart() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 10);
        KqQueue queue = start(conf().build(), (key, value) -> seen.add(value));
        awaitReconciled(queue);
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.deleteTopics(List.of(topic)).all().get(20, TimeUnit.SECONDS);
        }
        await().ignoreExceptions().untilAsserted(() -> kafka.createTopic(topic, 1));
        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, "k", "anew")));
        await().untilAsserted(() -> assertThat(seen).contains("anew"));
        awaitReconciled(queue);
    }

    /** Also what was pushed to them before this group knew of them. */
    @ParameterizedTest
    @EnumSource(StartOffset.class)
    void partitionsAdded_areReadToo(StartOffset offset) throws Exception {
        kafka.createTopic(topic, 1);
        KqQueue queue = start(conf().offset(offset).build(), (key, value) -> seen.add(value));
        Kafka.push(kafka, topic, 10, 10);
        await().untilAsserted(() -> assertThat(seen).hasSize(10));
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        await().ignoreExceptions()
                .untilAsserted(() -> assertThat(Kafka.ends(kafka, topic)).hasSize(4));
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int p = 0; p < 4; p++) {
            records.add(new ProducerRecord<>(topic, p, "k", "to partition " + p));
        }
        Kafka.push(kafka, records);
        await().untilAsserted(() -> assertThat(seen).hasSize(14));
        awaitReconciled(queue);
    }

    @Test
    void committedOffsetPastRetention_startsWhereOffsetSays() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 10);
        TopicPartition tp = new TopicPartition(topic, 0);
        KqConf conf = conf().build();
        KqQueue first = start(conf, (key, value) -> seen.add(value));
        awaitReconciled(first);
        first.close();
        Kafka.push(kafka, topic, 100, 10);
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.deleteRecords(Map.of(tp, RecordsToDelete.beforeOffset(150)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        Set<String> rest = ConcurrentHashMap.newKeySet();
        KqQueue second = start(conf, (key, value) -> rest.add(value));
        awaitReconciled(second);
        assertThat(rest).hasSize(50).contains("50", "99");
    }

    @Test
    void refusedCredentials_areReported_withoutTheQueueEnding() throws Exception {
        try (EmbeddedKafka own =
                EmbeddedKafka.builder().saslPlain("app", "right").start()) {
            String name = own.createTopic("t", 1);
            KqConf wrong = conf().brokers(own.bootstrapServers())
                    .topic(name)
                    .username("app")
                    .password("hunter2")
                    .build();
            KqQueue queue = start(wrong, (key, value) -> seen.add(value));
            await().untilAsserted(() ->
                    assertThat(queue.health().reasons()).anyMatch(reason -> reason.startsWith("no access")));
            assertThat(queue.health().toString()).doesNotContain("hunter2");
            queue.close();

            Kafka.push(TestBroker.of(own), List.of(new ProducerRecord<>(name, "k", "v")));
            KqConf right = conf().brokers(own.bootstrapServers())
                    .topic(name)
                    .username("app")
                    .password("right")
                    .build();
            start(right, (key, value) -> seen.add(value));
            await().untilAsserted(() -> assertThat(seen).contains("v"));
            closeQueues();
        }
    }

    @Test
    void handlerThatThrowsAnError_stopsTheQueueLoudly() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 10, 10);
        KqQueue queue = start(conf().build(), (key, value) -> {
            if ("5".equals(value)) {
                throw new LinkageError("half an upgrade");
            }
        });
        assertThatThrownBy(queue::join)
                .isInstanceOf(KqException.class)
                .hasMessageContaining("half an upgrade")
                .hasCauseInstanceOf(LinkageError.class);
        assertThat(queue.health().status()).isEqualTo(Health.Status.DOWN);
        assertThat(queue.health().reasons()).anyMatch(reason -> reason.contains("half an upgrade"));
        assertThat(Kafka.committed(kafka, group).getOrDefault(new TopicPartition(topic, 0), 0L))
                .as("the record that broke it is not committed")
                .isLessThanOrEqualTo(5);
    }

    @Test
    void settingThatKafkaRefuses_endsTheQueueWithItsReason() throws Exception {
        KqQueue queue = start(conf().property("session.timeout.ms", "minus one").build(), (key, value) -> {});
        assertThatThrownBy(queue::join).isInstanceOf(KqException.class).hasMessageContaining("session.timeout.ms");
    }

    @Test
    void coordinatorMoves_commitsGoOn() throws Exception {
        try (EmbeddedKafka own = EmbeddedKafka.builder().nodes(3).start()) {
            String name = own.createTopic("t", 3, 3);
            KqQueue queue = start(
                    GroupMode.COOPERATIVE
                            .applyTo(conf().brokers(own.bootstrapServers().split(","))
                                    .topic(name))
                            .build(),
                    (key, value) -> seen.add(value));
            for (int node = 0; node < 3; node++) {
                Kafka.push(TestBroker.of(own), List.of(new ProducerRecord<>(name, "k" + node, "before " + node)));
                own.stopNode(node);
                Kafka.push(TestBroker.of(own), List.of(new ProducerRecord<>(name, "k" + node, "without " + node)));
                String expected = "without " + node;
                await().untilAsserted(() -> assertThat(seen).contains(expected));
                Kafka.awaitAllCommitted(TestBroker.of(own), name, group);
                own.startNode(node);
            }
            queue.close();
        }
    }

    @Test
    void sessionThatExpires_losesThePartition_andGetsItBack() throws Exception {
        kafka.createTopic(topic, 1);
        KqQueue queue = start(
                conf().consumers(1)
                        .commitInterval(Duration.ofMillis(50))
                        .property("session.timeout.ms", "6000")
                        .build(),
                (key, value) -> seen.add(value));
        Kafka.push(kafka, topic, 5, 5);
        awaitReconciled(queue);
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.removeMembersFromConsumerGroup(
                            group, new org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions())
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, "k", "after")));
        await().untilAsserted(() -> assertThat(seen).contains("after"));
        awaitReconciled(queue);
    }
}
