package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How much is fetched, held and handled at a time. */
class FlowTest extends BrokerTest {
    @Test
    void blockedPartition_isPausedAtItsCapacity_andHoldsNoOtherUp() throws Exception {
        kafka.createTopic(topic, 2);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            records.add(new ProducerRecord<>(topic, i % 2, "k" + i % 500, Integer.toString(i)));
        }
        Kafka.push(kafka, records);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger stuck = new AtomicInteger();
        CountDownLatch freeOnes = new CountDownLatch(10_000);
        KqConf conf = conf().consumers(1).processors(32).queueCapacity(100).build();
        KqQueue queue = start(KqQueue.builder(conf).messageHandler(message -> {
            if (message.partition() == 0) {
                if (stuck.incrementAndGet() <= 16) {
                    release.await();
                }
            } else {
                freeOnes.countDown();
            }
        }));
        assertThat(freeOnes.await(60, TimeUnit.SECONDS)).isTrue();
        release.countDown();
        awaitReconciled(queue);
    }

    /** I5: it was so fast that the fetcher's own thread called it. */
    @ParameterizedTest
    @EnumSource(GroupMode.class)
    void handlerThatHangsAllOfASudden_doesNotKeepItsFetcher(GroupMode mode) throws Exception {
        notOnOldest(mode);
        kafka.createTopic(topic, 2);
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch other = new CountDownLatch(1);
        KqQueue queue = start(
                KqQueue.builder(mode.applyTo(conf().processors(4)).build()).messageHandler(message -> {
                    if (Thread.currentThread().getName().contains("-fetcher-") && hanging.getCount() > 0) {
                        hanging.countDown();
                        release.await();
                    }
                    if (message.partition() == 1) {
                        other.countDown();
                    }
                }));
        for (int i = 0; hanging.getCount() > 0; i++) {
            assertThat(i).as("pushes until a fetcher's thread called it").isLessThan(10_000);
            Kafka.push(kafka, List.of(new ProducerRecord<>(topic, 0, "k" + i, "v")));
            long handled = i + 1L;
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> queue.handled() == handled || hanging.getCount() == 0);
        }

        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, 1, "k", "v")));
        assertThat(other.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(queue.health().status()).isEqualTo(Health.Status.UP);
        release.countDown();
        awaitReconciled(queue);
    }

    @Test
    void partitions_areNotFilled_whenWorkersHaveEnough() throws Exception {
        int partitions = 32;
        kafka.createTopic(topic, partitions);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < partitions * 1_200; i++) {
            records.add(new ProducerRecord<>(topic, i % partitions, "k" + i, Integer.toString(i)));
        }
        Kafka.push(kafka, records);
        CountDownLatch release = new CountDownLatch(1);
        MeterRegistry meters = new SimpleMeterRegistry();
        KqQueue queue = start(KqQueue.builder(conf().queueCapacity(1_000).build())
                .meterRegistry(meters)
                .handler((key, value) -> release.await()));
        await().until(() ->
                meters.get("kq.partitions.paused").tag("reason", "full").gauge().value() == partitions);
        // as many as one poll brings, of each partition, and not what each may hold
        assertThat(queue.held()).isBetween(8_000L, partitions * 1_000L - 1);
        release.countDown();
        awaitReconciled(queue);
    }

    @Test
    void lag_growsWithTheLog_alsoWhileAFullPartitionIsNotFetched() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 100);
        CountDownLatch release = new CountDownLatch(1);
        KqQueue queue = start(conf().queueCapacity(10).build(), (key, value) -> release.await());
        await().until(() -> queue.lag().orElse(-1) == 100);
        Kafka.push(kafka, topic, 1_000, 100);
        await().until(() -> queue.lag().orElse(-1) == 1_100);
        release.countDown();
        awaitReconciled(queue);
    }

    @Test
    void handlerThatNeverReturns_leavesMemoryBounded() throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, topic, 20_000, 20_000);
        AtomicInteger begun = new AtomicInteger();
        KqConf conf = conf().consumers(1)
                .processors(4)
                .queueCapacity(200)
                .drainTimeout(Duration.ofMillis(200))
                .build();
        KqQueue queue = start(conf, (key, value) -> {
            begun.incrementAndGet();
            new CountDownLatch(1).await();
        });
        await().until(() -> begun.get() == 4);
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> begun.get() == 4);
        StopReport report = queue.stop();
        assertThat(report.stillRunning()).isEqualTo(4);
        // each partition holds its capacity and the rest of one poll at most
        assertThat(report.givenBack()).isBetween(100L, 2 * (200L + 500L));
        assertThat(report.elapsed()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void largeRecords_areBoundedByBytes() throws Exception {
        kafka.createTopic(topic, 1, 1, Map.of("max.message.bytes", "11000000"));
        char[] large = new char[10_000_000];
        Arrays.fill(large, 'x');
        String value = new String(large);
        try (var producer =
                Kafka.producer(kafka, Map.of("max.request.size", 11_000_000, "buffer.memory", 64_000_000L))) {
            for (int i = 0; i < 12; i++) {
                producer.send(new ProducerRecord<>(topic, "k" + i, value)).get();
            }
        }
        CountDownLatch release = new CountDownLatch(1);
        LongAdder bytes = new LongAdder();
        KqConf conf = conf().consumers(1)
                .processors(2)
                .queueBytes(20L << 20)
                .property("max.poll.records", "1")
                .build();
        KqQueue queue = start(KqQueue.builder(conf).messageHandler(message -> {
            release.await();
            bytes.add(message.valueBytes().length);
        }));
        await().until(() -> queue.held() >= 2);
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> queue.held() <= 3);
        release.countDown();
        awaitReconciled(queue);
        assertThat(bytes.sum()).isEqualTo(120_000_000L);
    }

    @Test
    void slowKey_delaysNoOtherKey() throws Exception {
        kafka.createTopic(topic, 1);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            records.add(new ProducerRecord<>(topic, "k" + i % 5_000, Integer.toString(i)));
        }
        Kafka.push(kafka, records);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(20_000 - 4 * 5);
        KqConf conf = conf().processors(8).build();
        KqQueue queue = start(conf, (key, value) -> {
            int k = Integer.parseInt(key.substring(1));
            if (k < 5) {
                release.await();
            } else {
                others.countDown();
            }
        });
        assertThat(others.await(60, TimeUnit.SECONDS))
                .as("all other keys are done while five are stuck")
                .isTrue();
        release.countDown();
        awaitReconciled(queue);
    }

    /** The handlers sleep, and a queue without failures does the same beside it: how busy the machine is meets both. */
    @Test
    @Tag("long")
    void failingKeys_takeLessThanATenthOffTheOthers() throws Exception {
        kafka.createTopic(topic, 4);
        int keys = 200;
        Kafka.push(kafka, topic, 80_000, keys);
        String beside = topic + "-beside";
        kafka.createTopic(beside, 4);
        Kafka.push(kafka, beside, 80_000, keys);
        AtomicBoolean failing = new AtomicBoolean();
        AtomicBoolean hurry = new AtomicBoolean();
        LongAdder failures = new LongAdder();
        LongAdder others = new LongAdder();
        Set<String> broken = Set.of("k7", "k107"); // one in a hundred
        RetryConf patient = new RetryConf(1_000_000, Duration.ofMillis(100), Duration.ofSeconds(1), 2, 0.2);
        KqQueue queue = start(conf().processors(8).retry(patient).build(), (key, value) -> {
            if (!broken.contains(key)) {
                if (!hurry.get()) {
                    Thread.sleep(2);
                }
                others.increment();
            } else if (failing.get()) {
                failures.increment();
                throw new Exception("not now");
            }
        });
        LongAdder without = new LongAdder();
        start(conf().topic(beside).group(group + "-beside").processors(8).build(), (key, value) -> {
            if (!broken.contains(key)) {
                if (!hurry.get()) {
                    Thread.sleep(2);
                }
                without.increment();
            }
        });
        await().until(() -> others.sum() > 2_000 && without.sum() > 2_000);
        double before = ratio(others, without, Duration.ofSeconds(3));
        failing.set(true);
        double meanwhile = ratio(others, without, Duration.ofSeconds(10));
        failing.set(false);
        double after = ratio(others, without, Duration.ofSeconds(3));
        System.out.printf(
                "others, to the queue beside: %.2f before, %.2f while 1 %% of the keys fail, %.2f after%n",
                before, meanwhile, after);
        assertThat(failures.sum()).as("attempts with backoff").isBetween(2L * 10, 2L * 20);
        assertThat(meanwhile / ((before + after) / 2)).isGreaterThanOrEqualTo(0.9);
        hurry.set(true);
        awaitReconciled(queue);
    }

    private static double ratio(LongAdder count, LongAdder to, Duration window) {
        long from = System.nanoTime();
        double first = count.sum();
        double firstTo = to.sum();
        await().until(() -> System.nanoTime() - from >= window.toNanos());
        return (count.sum() - first) / (to.sum() - firstTo);
    }

    @Test
    void pause_stopsHandlingAndFetching_resumeGoesOn() throws Exception {
        kafka.createTopic(topic, 2);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        KqQueue queue = start(conf().build(), (key, value) -> seen.add(value));
        Kafka.push(kafka, topic, 10, 10);
        await().until(() -> seen.size() == 10);
        queue.pause();
        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, "k", "while paused")));
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> seen.size() == 10);
        queue.resume();
        await().untilAsserted(() -> assertThat(seen).contains("while paused"));
        awaitReconciled(queue);
    }

    @Test
    void setProcessors_changesHowManyHandlersRun() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 400, 400);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch[] gate = {new CountDownLatch(1), new CountDownLatch(1)};
        AtomicInteger phase = new AtomicInteger();
        KqQueue queue = start(conf().processors(3).build(), (key, value) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            gate[phase.get()].await();
            running.decrementAndGet();
        });
        await().until(() -> running.get() == 3);
        queue.setProcessors(20);
        await().until(() -> running.get() == 20);
        assertThat(most).hasValue(20);
        queue.setProcessors(2);
        phase.set(1);
        gate[0].countDown();
        await().until(() -> running.get() == 2);
        await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(10)).until(() -> running.get() == 2);
        gate[1].countDown();
        awaitReconciled(queue);
    }

    @ParameterizedTest
    @CsvSource({"PLATFORM, 2000", "VIRTUAL, 10000"})
    void thousandsOfHandlers_runAtTheSameTime_withMemoryInProportion(WorkerKind kind, int count) throws Exception {
        assumeTrue(kind == WorkerKind.PLATFORM || Runtime.version().feature() >= 21, "virtual threads need Java 21");
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, count, count);
        AtomicInteger running = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        long before = usedMemory();
        KqQueue queue = start(
                conf().workers(kind).processors(count).queueCapacity(count + 1).build(), (key, value) -> {
                    running.incrementAndGet();
                    release.await();
                });
        await().until(() -> running.get() == count);
        assertThat((usedMemory() - before) / count).as("heap bytes a worker").isLessThan(16 << 10);
        release.countDown();
        awaitReconciled(queue);
    }

    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void rateLimit_isKept_within2Percent_overTenSeconds() throws Exception {
        kafka.createTopic(topic, 4);
        Kafka.push(kafka, topic, 20_000, 1_000);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger handled = new AtomicInteger();
        CountDownLatch enough = new CountDownLatch(1);
        AtomicLongArray each1000 = new AtomicLongArray(11);
        KqQueue queue = start(conf().rateLimit(1_000).build(), (key, value) -> {
            seen.add(value);
            int n = handled.incrementAndGet();
            if (n % 1_000 == 1 && n <= 10_001) {
                each1000.set(n / 1_000, System.nanoTime());
                if (n == 10_001) {
                    enough.countDown();
                }
            }
        });
        assertThat(enough.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(10_000 / ((each1000.get(10) - each1000.get(0)) / 1e9))
                .as("never more than asked for")
                .isLessThan(1_020);
        // A machine that stands still for a while loses what it could have handled then, and does not make up for it.
        double[] perSecond = IntStream.range(0, 10)
                .mapToDouble(i -> 1_000 / ((each1000.get(i + 1) - each1000.get(i)) / 1e9))
                .sorted()
                .toArray();
        assertThat((perSecond[4] + perSecond[5]) / 2).isCloseTo(1_000, within(20.0));
        queue.setRateLimit(0);
        awaitReconciled(queue);
        assertThat(seen).hasSize(20_000); // some may have come twice when the second fetcher joined
    }

    @Test
    void stop_whileRateLimited_isPrompt_andLosesNothing() throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, topic, 1_000, 100);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        KqQueue limited = start(conf().rateLimit(50).build(), (key, value) -> seen.add(value));
        await().until(() -> seen.size() >= 20);
        StopReport report = limited.stop();
        assertThat(report.elapsed()).as("less than the drain may take").isLessThan(Duration.ofSeconds(29));
        assertThat(report.givenBack()).isPositive();
        KqQueue rest = start(conf().build(), (key, value) -> seen.add(value));
        awaitReconciled(rest);
        assertThat(seen).hasSize(1_000);
    }

    @Test
    void stop_finishesWhatRuns_andOnlyThat() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 100);
        CountDownLatch begun = new CountDownLatch(4);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger finished = new AtomicInteger();
        KqQueue queue = start(conf().processors(4).build(), (key, value) -> {
            begun.countDown();
            release.await();
            finished.incrementAndGet();
        });
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        Thread stopping = new Thread(queue::stop);
        stopping.start();
        await().until(() -> queue.held() == 4); // the others were given back
        release.countDown();
        stopping.join();
        StopReport report = queue.stop();
        assertThat(finished).hasValue(4);
        assertThat(report.handled()).isEqualTo(4);
        assertThat(report.givenBack()).isEqualTo(96);
        assertThat(report.committed()).containsEntry(new TopicPartition(topic, 0), 4L);
    }

    @Test
    void stop_ofAnIdleQueue_takesLessThanHalfASecond() throws Exception {
        kafka.createTopic(topic, 4);
        List<Long> millis = new ArrayList<>();
        // what it takes on a machine that has time for it
        for (int i = 0; i < 10 && millis.stream().noneMatch(m -> m < 500); i++) {
            Set<String> seen = ConcurrentHashMap.newKeySet();
            KqQueue queue = start(conf().group(group + i).consumers(4).build(), (key, value) -> seen.add(value));
            Kafka.push(kafka, topic, 10, 10);
            await().until(() -> seen.size() == 10);
            Kafka.awaitAllCommitted(kafka, topic, group + i);
            millis.add(queue.stop().elapsed().toMillis());
        }
        assertThat(millis).anyMatch(m -> m < 500);
    }

    @Test
    void stop_fromAHandler_returnsAtOnce_andTheQueueStops() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 100);
        KqQueue[] self = new KqQueue[1];
        CountDownLatch set = new CountDownLatch(1);
        self[0] = start(conf().build(), (key, value) -> {
            set.await();
            self[0].stop();
        });
        set.countDown();
        self[0].join();
        assertThat(self[0].health().status()).isEqualTo(Health.Status.DOWN);
    }
}
