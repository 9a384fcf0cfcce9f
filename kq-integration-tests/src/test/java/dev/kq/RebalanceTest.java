package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Partitions move between queues while records flow. */
class RebalanceTest extends BrokerTest {
    private static final int KEYS = 200;
    private static final int PER_KEY = 60;

    /** Two fetchers for each queue, so that partitions also move between the fetchers of one. */
    @Override
    KqConf.Builder conf() {
        return super.conf().consumers(2);
    }

    @ParameterizedTest
    @CsvSource({
        "COOPERATIVE, PLATFORM, KEY", "EAGER, PLATFORM, KEY", "KIP_848, PLATFORM, KEY",
        "COOPERATIVE, VIRTUAL, KEY", "EAGER, VIRTUAL, PARTITION", "KIP_848, VIRTUAL, NONE",
        "COOPERATIVE, PLATFORM, PARTITION", "KIP_848, PLATFORM, NONE"
    })
    void membersComeAndGo_nothingIsLost_orderHolds(GroupMode mode, WorkerKind workers, Ordering ordering)
            throws Exception {
        notOnOldest(mode);
        assumeTrue(workers == WorkerKind.PLATFORM || Runtime.version().feature() >= 21, "virtual threads need Java 21");
        kafka.createTopic(topic, 6);
        HandledLog log = new HandledLog();
        KqConf conf = mode.applyTo(conf().workers(workers).ordering(ordering)).build();
        MessageHandler work = message -> {
            if (ThreadLocalRandom.current().nextInt(50) == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
            }
        };
        List<KqQueue> members = new ArrayList<>();
        Thread pushing = new Thread(() -> Kafka.pushCounting(kafka, topic, KEYS, PER_KEY));
        pushing.start();
        for (int i = 0; i < 4; i++) {
            String name = "member " + i;
            MessageHandler handler = ordering == Ordering.NONE ? log.count(work) : log.watch(name, work);
            members.add(start(KqQueue.builder(conf).messageHandler(handler)));
            long before = log.handled();
            await().until(() -> log.handled() > before + 200 || log.handled() == KEYS * PER_KEY);
            if (i >= 1) {
                members.get(i - 1).close();
            }
        }
        pushing.join();
        KqQueue last = members.get(3);
        await().untilAsserted(() -> assertThat(log.handled()).isEqualTo(KEYS * PER_KEY));
        awaitReconciled(last);
        log.assertNoBreach();
        // One of its fetchers may have joined only now, behind the last record.
        await().untilAsserted(() -> assertThat(last.health().reasons()).isEmpty());
    }

    @ParameterizedTest
    @EnumSource(GroupMode.class)
    void handlerSlowerThanTheRevokeBudget_isFenced_andNothingIsLost(GroupMode mode) throws Exception {
        notOnOldest(mode);
        kafka.createTopic(topic, 4);
        Kafka.pushCounting(kafka, topic, 40, 1);
        CountDownLatch release = new CountDownLatch(1);
        Set<String> begun = ConcurrentHashMap.newKeySet();
        KqConf conf = mode.applyTo(conf().drainTimeout(Duration.ofMillis(300)).processors(40))
                .build();
        KqQueue stuck = start(conf, (key, value) -> {
            begun.add(key);
            release.await();
        });
        await().until(() -> begun.size() == 40);

        HandledLog log = new HandledLog();
        KqQueue other = start(KqQueue.builder(conf).messageHandler(log.watch("other", m -> {})));
        await().until(() -> log.handled() > 0);
        stuck.pause(); // it must not fetch what it gets back while its old flights still run
        release.countDown();
        stuck.close();
        await().untilAsserted(() -> assertThat(log.handled()).isGreaterThan(0));
        awaitReconciled(other);
        log.assertNoBreach();
    }

    @ParameterizedTest
    @EnumSource(GroupMode.class)
    void handlerSlowerThanMaxPollInterval_keepsItsPartition(GroupMode mode) throws Exception {
        notOnOldest(mode);
        kafka.createTopic(topic, 1);
        Kafka.pushCounting(kafka, topic, 1, 3);
        AtomicInteger handled = new AtomicInteger();
        CountDownLatch slow = new CountDownLatch(1);
        KqConf conf = mode.applyTo(conf().consumers(1).property("max.poll.interval.ms", "4000"))
                .build();
        long begun = System.nanoTime();
        KqQueue queue = start(conf, (key, value) -> {
            handled.incrementAndGet();
            if ("0".equals(value)) {
                slow.await(9, TimeUnit.SECONDS);
            }
        });
        await().untilAsserted(() -> assertThat(handled).hasValue(3));
        assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.SECONDS.toNanos(8));
        awaitReconciled(queue);
        assertThat(handled).as("handled once each: never evicted").hasValue(3);
    }

    @Test
    void rateLimit_doesNotBlockARebalance() throws Exception {
        kafka.createTopic(topic, 4);
        Kafka.pushCounting(kafka, topic, 100, 10);
        HandledLog log = new HandledLog();
        KqConf conf = GroupMode.COOPERATIVE.applyTo(conf().rateLimit(200)).build();
        KqQueue first = start(KqQueue.builder(conf).messageHandler(log.watch("first", m -> {})));
        await().until(() -> log.handled() > 50);
        KqQueue second = start(KqQueue.builder(conf).messageHandler(log.watch("second", m -> {})));
        await().until(() -> log.handled() > 300);
        assertThat(first.stop().elapsed()).as("less than the drain may take").isLessThan(Duration.ofSeconds(29));
        second.setRateLimit(0);
        awaitReconciled(second);
        assertThat(log.handled()).isEqualTo(1_000);
        log.assertNoBreach();
    }

    @Test
    void staticMember_comesBackToItsPartitions_withoutARebalance() throws Exception {
        notOnOldest("static members came with Kafka 2.3");
        kafka.createTopic(topic, 4);
        KqConf conf = GroupMode.COOPERATIVE
                .applyTo(conf().property("group.instance.id", topic))
                .property("session.timeout.ms", "30000") // longer than it takes to look at the group
                .build();
        HandledLog log = new HandledLog();
        KqQueue first = start(KqQueue.builder(conf).messageHandler(log.watch("first", m -> {})));
        Kafka.pushCounting(kafka, topic, 100, 1);
        await().until(() -> log.handled() == 100);
        awaitReconciled(first);
        await().untilAsserted(() -> assertThat(first.health().reasons()).isEmpty()); // both fetchers are members
        first.close();
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            assertThat(admin.describeConsumerGroups(List.of(group))
                            .all()
                            .get(20, TimeUnit.SECONDS)
                            .get(group)
                            .members())
                    .as("the group keeps the places of members that come back")
                    .extracting(member -> member.groupInstanceId().orElse("none"))
                    .containsExactlyInAnyOrder(topic + "-0", topic + "-1");
        }
        HandledLog again = new HandledLog();
        KqQueue second = start(KqQueue.builder(conf).messageHandler(again.count(m -> {})));
        Kafka.pushCounting(kafka, topic, 100, 1);
        await().untilAsserted(() -> assertThat(again.handled()).isEqualTo(100));
        awaitReconciled(second);
    }

    @Test
    void partitionThatReturnsToTheSameQueue_waitsForItsOldFlight() throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, 0, "a", "0"), new ProducerRecord<>(topic, 1, "b", "0")));
        HandledLog log = new HandledLog();
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger flights = new AtomicInteger();
        KqConf conf = GroupMode.EAGER
                .applyTo(conf().consumers(1).forceCommit(false).drainTimeout(Duration.ofMillis(200)))
                .build();
        KqQueue queue = start(KqQueue.builder(conf).messageHandler(log.watch("queue", message -> {
            if (flights.incrementAndGet() <= 2) {
                begun.countDown();
                release.await();
            }
        })));
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        // A member that joins gets one of the two, fails it, and leaves: the partition comes back to the first queue.
        CountDownLatch moved = new CountDownLatch(1);
        KqQueue guest = start(conf, (key, value) -> {
            moved.countDown();
            throw new Exception("not here");
        });
        assertThat(moved.await(30, TimeUnit.SECONDS)).isTrue();
        guest.close();
        await().until(() -> queue.lag().orElse(0) == 2);
        assertThat(flights).as("the new flights wait for the old ones").hasValue(2);
        release.countDown();
        awaitReconciled(queue);
        assertThat(flights).as("what was fenced is done again").hasValueGreaterThan(2);
        log.assertNoBreach();
    }
}
