package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of messages whose handler fails, and of those that no handler can read. */
class FailureTest extends BrokerTest {
    private static final RetryConf QUICK = new RetryConf(3, Duration.ofMillis(20), Duration.ofMillis(200), 2, 0);

    private String dead;

    @BeforeEach
    void deadLetterTopic() {
        dead = topic + "-dead";
    }

    record Payment(String account, long cents, LocalDate due) {}

    @Test
    void usedUpAttempts_endInADeadLetter_withTheOriginalAndItsStory() throws Exception {
        kafka.createTopic(topic, 1);
        kafka.createTopic(dead, 1);
        ProducerRecord<String, String> pushed = new ProducerRecord<>(topic, 0, 1_600_000_000_000L, "k", "v");
        pushed.headers().add("own", new byte[] {9, 8});
        Kafka.push(kafka, List.of(pushed, new ProducerRecord<>(topic, "other", "fine")));
        AtomicInteger attempts = new AtomicInteger();
        KqQueue queue = start(
                conf().retry(QUICK)
                        .deadLetterTopic(dead)
                        .deadLetterSpringHeaders(true)
                        .build(),
                (key, value) -> {
                    if ("k".equals(key)) {
                        attempts.incrementAndGet();
                        throw new IllegalStateException("no such account");
                    }
                });
        ConsumerRecord<byte[], byte[]> letter = deadLetters(1).get(0);
        assertThat(attempts).hasValue(3);
        assertThat(letter.key()).isEqualTo("k".getBytes(StandardCharsets.UTF_8));
        assertThat(letter.value()).isEqualTo("v".getBytes(StandardCharsets.UTF_8));
        assertThat(letter.timestamp()).isEqualTo(1_600_000_000_000L);
        Map<String, String> headers = headers(letter);
        assertThat(letter.headers().lastHeader("own").value()).containsExactly(9, 8);
        assertThat(headers)
                .containsEntry("kq-original-topic", topic)
                .containsEntry("kq-original-partition", "0")
                .containsEntry("kq-original-offset", "0")
                .containsEntry("kq-original-timestamp", "1600000000000")
                .containsEntry("kq-attempts", "3")
                .containsEntry("kq-exception-class", "java.lang.IllegalStateException")
                .containsEntry("kq-exception-message", "no such account")
                .containsEntry("kq-consumer-group", group)
                .containsKey("kq-failed-at")
                .containsEntry("kafka_dlt-original-topic", topic)
                .containsEntry("kafka_dlt-exception-fqcn", "java.lang.IllegalStateException");
        assertThat(ByteBuffer.wrap(letter.headers()
                                .lastHeader("kafka_dlt-original-partition")
                                .value())
                        .getInt())
                .isZero();
        awaitReconciled(queue);
    }

    @Test
    void missingDeadLetterTopic_holdsTheOffset_andDegradesHealth_untilItIsThere() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 20, 20);
        Set<String> fine = ConcurrentHashMap.newKeySet();
        KqQueue queue = start(conf().retry(QUICK).deadLetterTopic(dead).build(), (key, value) -> {
            if ("k3".equals(key)) {
                throw new DeadLetter("not wanted");
            }
            fine.add(key);
        });
        await().untilAsserted(() -> assertThat(queue.health().reasons())
                .anyMatch(reason -> reason.startsWith("dead letters cannot be written: " + dead)));
        assertThat(fine).hasSize(19);
        await().untilAsserted(() ->
                assertThat(Kafka.committed(kafka, group)).containsEntry(new TopicPartition(topic, 0), 3L));
        kafka.createTopic(dead, 1);
        assertThat(headers(deadLetters(1).get(0))).containsEntry("kq-reason", "not wanted");
        awaitReconciled(queue);
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
    }

    @Test
    void handlerDecides_bySkip_retryLater_nonRetryable() throws Exception {
        kafka.createTopic(topic, 1);
        kafka.createTopic(dead, 1);
        Kafka.push(kafka, topic, 5, 5);
        Map<String, List<Integer>> attempts = new ConcurrentHashMap<>();
        KqQueue queue = start(KqQueue.builder(conf().retry(QUICK)
                        .nonRetryable(List.of("java.io.IOException"))
                        .deadLetterTopic(dead)
                        .build())
                .nonRetryable(IllegalArgumentException.class)
                .messageHandler(message -> {
                    attempts.computeIfAbsent(message.key(), k -> new CopyOnWriteArrayList<>())
                            .add(message.attempt());
                    switch (message.key()) {
                        case "k0" -> throw new Skip("known to be wrong");
                        case "k1" -> {
                            if (message.attempt() < 6) {
                                throw new RetryLater(Duration.ofMillis(10));
                            }
                        }
                        case "k2" -> throw new NonRetryable("never");
                        case "k3" -> throw new NumberFormatException("an IllegalArgumentException");
                        case "k4" -> throw new FileNotFoundException("an IOException");
                        default -> {}
                    }
                }));
        awaitReconciled(queue);
        assertThat(attempts)
                .containsEntry("k0", List.of(1))
                .containsEntry("k1", List.of(1, 2, 3, 4, 5, 6))
                .containsEntry("k2", List.of(1))
                .containsEntry("k3", List.of(1))
                .containsEntry("k4", List.of(1));
        assertThat(deadLetters(3)).hasSize(3);
    }

    @Test
    void retryWith_decidesTheWait_andTheEnd() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        List<Integer> asked = new CopyOnWriteArrayList<>();
        KqQueue queue = start(KqQueue.builder(conf().build())
                .retryWith((message, exception, attempt) -> {
                    asked.add(attempt);
                    return attempt < 5 ? Duration.ofMillis(5) : null;
                })
                .handler((key, value) -> {
                    throw new Exception("always");
                }));
        awaitReconciled(queue);
        assertThat(asked).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void poisonPills_neverStopThePartition_andKeepTheirBytes() throws Exception {
        kafka.createTopic(topic, 1, 1, Map.of("max.message.bytes", "11000000"));
        kafka.createTopic(dead, 1, 1, Map.of("max.message.bytes", "12000000"));
        byte[] notUtf8 = {(byte) 0xff, (byte) 0xfe, 0};
        byte[] large = new byte[10_000_000];
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put("max.request.size", 11_000_000);
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<byte[]> values = new ArrayList<>();
            values.add(notUtf8);
            values.add("{broken".getBytes(StandardCharsets.UTF_8));
            values.add(new byte[0]);
            values.add(large);
            values.add(null);
            values.add("{\"account\":\"a\",\"cents\":5,\"due\":\"2026-11-20\",\"new\":1}"
                    .getBytes(StandardCharsets.UTF_8));
            for (byte[] value : values) {
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, notUtf8.clone(), value);
                record.headers().add("h", null).add("", notUtf8);
                producer.send(record).get();
            }
        }
        List<Payment> read = new CopyOnWriteArrayList<>();
        AtomicInteger tombstones = new AtomicInteger();
        KqConf conf = conf().retry(QUICK).deadLetterTopic(dead).build();
        KqQueue queue = start(KqQueue.builder(conf)
                .interceptor((message, next) -> next.handle(message))
                .messageHandler(Handlers.json(
                        Payment.class,
                        (key, payment) -> {
                            if (payment == null) {
                                tombstones.incrementAndGet();
                            } else {
                                read.add(payment);
                            }
                        },
                        Handlers.defaultMapper())));
        awaitReconciled(queue);
        // the key is not UTF-8 either, so a typed handler that wants it as text gets none of them
        assertThat(deadLetters(6))
                .extracting(letter -> letter.value() == null ? -1 : letter.value().length)
                .contains(3, 7, 0, 10_000_000, -1);
        assertThat(read).isEmpty();
    }

    @Test
    void json_isReadIntoRecords_whatIsNotJsonBecomesADeadLetter() throws Exception {
        kafka.createTopic(topic, 1);
        kafka.createTopic(dead, 1);
        Kafka.push(
                kafka,
                List.of(
                        new ProducerRecord<>(
                                topic, "a", "{\"account\":\"a\",\"cents\":5,\"due\":\"2026-11-20\",\"x\":1}"),
                        new ProducerRecord<>(topic, "b", "{\"account\":"),
                        new ProducerRecord<>(topic, "c", "{\"cents\":\"many\"}"),
                        new ProducerRecord<>(topic, "d", null)));
        Map<String, Object> read = new ConcurrentHashMap<>();
        KqQueue queue = start(KqQueue.builder(conf().deadLetterTopic(dead).build())
                .json(Payment.class, (key, payment) -> read.put(key, payment == null ? "tombstone" : payment)));
        awaitReconciled(queue);
        assertThat(read)
                .containsOnly(
                        Map.entry("a", new Payment("a", 5, LocalDate.of(2026, 11, 20))), Map.entry("d", "tombstone"));
        assertThat(deadLetters(2))
                .allSatisfy(letter -> assertThat(headers(letter))
                        .containsEntry("kq-attempts", "1")
                        .hasEntrySatisfying(
                                "kq-exception-message",
                                text -> assertThat(text)
                                        .startsWith("the value is not JSON of")
                                        .doesNotContain("many")));
    }

    @Test
    void handlerTimeout_interruptsAndCountsAsFailure() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 10, 10);
        List<Exception> failures = new CopyOnWriteArrayList<>();
        AtomicInteger interrupted = new AtomicInteger();
        Set<String> done = ConcurrentHashMap.newKeySet();
        KqQueue queue = start(KqQueue.builder(conf().retry(QUICK)
                        .handlerTimeout(Duration.ofSeconds(2))
                        .build())
                .errorHandler((message, exception, attempt) -> failures.add(exception))
                .messageHandler(message -> {
                    if ("k4".equals(message.key()) && message.attempt() < 3) {
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            interrupted.incrementAndGet();
                            throw e;
                        }
                    }
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    done.add(message.key());
                }));
        awaitReconciled(queue);
        assertThat(done).hasSize(10);
        assertThat(interrupted).hasValue(2);
        assertThat(failures).hasSize(2).allMatch(TimeoutException.class::isInstance);
    }

    @Test
    void handlerThatIgnoresTheInterrupt_isNotWaitedForBeyondTheDrain() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        KqQueue queue = start(
                conf().handlerTimeout(Duration.ofMillis(50))
                        .drainTimeout(Duration.ofMillis(300))
                        .build(),
                (key, value) -> {
                    begun.countDown();
                    while (release.getCount() > 0) {
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            // as bad handlers do
                        }
                    }
                });
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        StopReport report = queue.stop();
        assertThat(report.stillRunning()).isEqualTo(1);
        assertThat(report.elapsed()).isLessThan(Duration.ofSeconds(10));
        release.countDown();
        assertThat(Kafka.committed(kafka, group).getOrDefault(new TopicPartition(topic, 0), 0L))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEY", "PARTITION", "NONE"})
    void batches_areFilledOrWaitedFor_andKeepTheOrder(String ordering) throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.pushCounting(kafka, topic, 20, 50);
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        Map<String, List<Integer>> byKey = new ConcurrentHashMap<>();
        AtomicInteger failures = new AtomicInteger();
        KqConf conf = conf().ordering(Ordering.valueOf(ordering))
                .batchSize(64)
                .batchWait(Duration.ofMillis(30))
                .retry(QUICK)
                .forceCommit(false)
                .build();
        KqQueue queue = start(KqQueue.builder(conf)
                .errorHandler((message, e, attempt) -> failures.incrementAndGet())
                .batchHandler(batch -> {
                    sizes.add(batch.size());
                    Map<Message, Exception> failed = new HashMap<>();
                    Set<String> stuck = ConcurrentHashMap.newKeySet();
                    for (Message message : batch) {
                        if ("17".equals(message.value()) && message.attempt() == 1) {
                            failed.put(message, new Exception("first time"));
                            stuck.add(message.key());
                        } else if (ordering.equals("PARTITION") ? stuck.isEmpty() : !stuck.contains(message.key())) {
                            byKey.computeIfAbsent(message.key(), k -> new CopyOnWriteArrayList<>())
                                    .add(Integer.parseInt(message.value()));
                        }
                    }
                    if (!failed.isEmpty()) {
                        throw new BatchFailure(failed);
                    }
                }));
        awaitReconciled(queue);
        assertThat(sizes).allMatch(size -> size <= 64).anyMatch(size -> size > 1);
        assertThat(failures.get()).isGreaterThanOrEqualTo(20);
        byKey.values().forEach(values -> {
            if (ordering.equals("NONE")) {
                assertThat(values).contains(0, 17, 49);
            } else {
                assertThat(values).isSorted().doesNotHaveDuplicates().hasSize(50);
            }
        });
    }

    @Test
    void oneBatchMessage_waitsForBatchWaitAtMost() throws Exception {
        kafka.createTopic(topic, 1);
        CountDownLatch got = new CountDownLatch(1);
        KqConf conf = conf().batchSize(1000).batchWait(Duration.ofMillis(100)).build();
        KqQueue queue = start(KqQueue.builder(conf).batchHandler(batch -> {
            assertThat(batch).hasSize(1);
            got.countDown();
        }));
        Kafka.push(kafka, topic, 1, 1);
        assertThat(got.await(60, TimeUnit.SECONDS)).isTrue();
        awaitReconciled(queue);
    }

    @Test
    void asyncHandler_isDoneWhenItsStageIs_andNullOrCancelledIsAFailure() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 50, 10);
        Map<String, List<String>> order = new ConcurrentHashMap<>();
        AtomicInteger failures = new AtomicInteger();
        KqQueue queue = start(KqQueue.builder(conf().retry(QUICK).build())
                .errorHandler((message, exception, attempt) -> failures.incrementAndGet())
                .asyncHandler(message -> {
                    if (message.attempt() == 1 && "k1".equals(message.key())) {
                        return null;
                    }
                    if (message.attempt() == 1 && "k2".equals(message.key())) {
                        CompletableFuture<Void> cancelled = new CompletableFuture<>();
                        cancelled.cancel(true);
                        return cancelled;
                    }
                    if (message.attempt() == 1 && "k3".equals(message.key())) {
                        return CompletableFuture.failedFuture(new Exception("later"));
                    }
                    return CompletableFuture.runAsync(
                            () -> order.computeIfAbsent(message.key(), k -> new CopyOnWriteArrayList<>())
                                    .add(message.value()),
                            CompletableFuture.delayedExecutor(2, TimeUnit.MILLISECONDS));
                }));
        awaitReconciled(queue);
        assertThat(failures).hasValue(15);
        assertThat(order).hasSize(10);
        order.forEach((key, values) -> {
            int k = Integer.parseInt(key.substring(1));
            assertThat(values).containsExactly("" + k, "" + (10 + k), "" + (20 + k), "" + (30 + k), "" + (40 + k));
        });
    }

    @Test
    void stageThatNeverCompletes_countsAsFailed_afterTheHandlerTimeout() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 10, 10);
        List<Exception> failures = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> never = new CompletableFuture<>();
        KqQueue queue = start(KqQueue.builder(conf().retry(QUICK)
                        .handlerTimeout(Duration.ofSeconds(2))
                        .build())
                .errorHandler((message, exception, attempt) -> failures.add(exception))
                .asyncHandler(message -> message.attempt() == 1 && "k4".equals(message.key())
                        ? never
                        : CompletableFuture.completedFuture(null)));
        awaitReconciled(queue);
        assertThat(failures).singleElement().isInstanceOf(TimeoutException.class);
    }

    @Test
    void router_choosesTheLongestPrefix_andAnUnknownTypeIsNonRetryable() throws Exception {
        kafka.createTopic(topic, 1);
        kafka.createTopic(dead, 1);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (String type : List.of("order.created", "order.refund.full", "user.created")) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, type, "v");
            record.headers().add("type", type.getBytes(StandardCharsets.UTF_8));
            records.add(record);
        }
        records.add(new ProducerRecord<>(topic, "none", "v"));
        Kafka.push(kafka, records);
        List<String> seen = new CopyOnWriteArrayList<>();
        Router router = Router.byHeader("type")
                .route("order.", message -> seen.add("orders " + message.key()))
                .route("order.refund", message -> seen.add("refunds " + message.key()));
        List<String> around = new CopyOnWriteArrayList<>();
        KqQueue queue = start(KqQueue.builder(conf().deadLetterTopic(dead).build())
                .interceptor((message, next) -> {
                    around.add("outer");
                    next.handle(message);
                })
                .interceptor((message, next) -> {
                    around.add("inner");
                    next.handle(message);
                })
                .messageHandler(router));
        awaitReconciled(queue);
        assertThat(seen).containsExactlyInAnyOrder("orders order.created", "refunds order.refund.full");
        assertThat(deadLetters(2)).hasSize(2);
        assertThat(around).hasSize(8).startsWith("outer");
    }

    /** Every mix of outcomes ends with everything committed and nothing held. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyMixOfOutcomes_endsReconciled(long seed) throws Exception {
        kafka.createTopic(topic, 3);
        kafka.createTopic(dead, 1);
        Kafka.push(kafka, topic, 5_000, 300);
        KqQueue queue =
                start(KqQueue.builder(conf().retry(new RetryConf(3, Duration.ofMillis(1), Duration.ofMillis(5), 1, 0.5))
                                .deadLetterTopic(dead)
                                .build())
                        .errorHandler((message, exception, attempt) -> {
                            if (attempt == 2) {
                                throw new IllegalStateException("a bad error handler");
                            }
                        })
                        .messageHandler(message -> {
                            long dice = Math.floorMod(message.offset() * 31 + message.partition() + seed * 7, 40);
                            switch ((int) dice) {
                                case 0 -> throw new Skip("skip");
                                case 1 -> throw new DeadLetter("dead");
                                case 2 -> {
                                    if (message.attempt() < 4) {
                                        throw new RetryLater(Duration.ofMillis(1));
                                    }
                                }
                                case 3 -> throw new Exception("always");
                                case 4 -> throw new NonRetryable("never");
                                case 5 -> {
                                    if (message.attempt() == 1) {
                                        throw new Exception("once");
                                    }
                                }
                                default -> {}
                            }
                        }));
        awaitReconciled(queue);
        await().untilAsserted(() -> assertThat(queue.held()).isZero());
        assertThat(queue.stop().stillRunning()).isZero();
    }

    private List<ConsumerRecord<byte[], byte[]>> deadLetters(int count) {
        List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put("auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(dead, 0)));
            consumer.seekToBeginning(consumer.assignment());
            await().until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(letters::add);
                return letters.size() >= count;
            });
        }
        return letters;
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return headers;
    }
}
