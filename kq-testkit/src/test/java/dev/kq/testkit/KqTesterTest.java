package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kq.BatchFailure;
import dev.kq.ConsumeHandler;
import dev.kq.DeadLetter;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Message;
import dev.kq.Ordering;
import dev.kq.RetryConf;
import dev.kq.RetryLater;
import dev.kq.StartOffset;
import dev.kq.WorkerKind;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KqTesterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** What handlers were given. */
    private final List<String> seen = new CopyOnWriteArrayList<>();

    private static RetryConf retry(int attempts, Duration backoff) {
        return new RetryConf(attempts, backoff, Duration.ofHours(1), 2, 0.2);
    }

    private void fail(String value) throws IOException {
        seen.add(value);
        throw new IOException("down");
    }

    // ---- the way of a message

    @Test
    void send_returnsWhenTheMessageIsHandled() {
        try (KqTester tester = KqTester.of((key, value) -> seen.add(key + "=" + value))) {
            assertThat(tester.send("a", "1")).isZero();
            assertThat(seen).containsExactly("a=1");
            assertThat(tester.send("without key")).isEqualTo(1);
            assertThat(tester.send("deleted", null)).isEqualTo(2);
            assertThat(seen).containsExactly("a=1", "null=without key", "deleted=null");
            assertThat(tester.queue().handled()).isEqualTo(3);
            assertThat(tester.queue().held()).isZero();
        }
    }

    @Test
    void commit_comesWithTheInterval_notBefore() {
        try (KqTester tester = KqTester.of((key, value) -> {})) {
            tester.send("a");
            tester.advance(Duration.ofMillis(999));
            assertThat(tester.committed(0)).isZero();
            tester.advance(Duration.ofMillis(1));
            assertThat(tester.committed(0)).isEqualTo(1);
        }
    }

    @Test
    void commit_isDoneAtOnce_withoutAnInterval() {
        KqConf conf = KqTester.conf().commitInterval(Duration.ZERO).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> {})) {
            tester.send("a");
            assertThat(tester.committed(0)).isEqualTo(1);
            tester.advance(Duration.ofDays(365)); // nothing to do, so it takes no time
        }
    }

    @Test
    void offsetLast_beginsAtTheEnd_whichIsTheBeginningHere() {
        KqConf conf = KqTester.conf().offset(StartOffset.LAST).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> seen.add(value))) {
            tester.send("a");
            assertThat(seen).containsExactly("a");
        }
    }

    @Test
    void everyKindOfHandler_isRun() {
        KqConf conf = KqTester.conf().build();
        KqQueue.Builder messages = KqQueue.builder(conf).messageHandler(this::see);
        KqQueue.Builder json = KqQueue.builder(conf).json(Order.class, (key, order) -> seen.add(order.toString()));
        KqQueue.Builder async = KqQueue.builder(conf)
                .asyncHandler(message -> CompletableFuture.runAsync(() -> seen.add("async " + message.value())));
        KqQueue.Builder batch = KqQueue.builder(conf).batchHandler(all -> seen.add("batch of " + all.size()));
        for (KqQueue.Builder queue : List.of(messages, json, async, batch)) {
            try (KqTester tester = KqTester.of(queue)) {
                tester.send(new ProducerRecord<>("kq-tester", 0, 1234L, "k", "{\"id\": 7}"));
                tester.advance(Duration.ofSeconds(2));
                assertThat(tester.committed(0)).as(seen.toString()).isEqualTo(1);
            }
        }
        assertThat(seen)
                .containsExactly("kq-tester-0@0 1234 {\"id\": 7}", "Order[id=7]", "async {\"id\": 7}", "batch of 1");
    }

    record Order(int id) {}

    private void see(Message message) {
        seen.add(message.topic() + "-" + message.partition() + "@" + message.offset() + " " + message.timestamp() + " "
                + message.value());
    }

    @Test
    void interceptorsAndErrorHandler_areTheQueues() {
        KqQueue.Builder queue = KqQueue.builder(KqTester.conf().build())
                .interceptor((message, next) -> {
                    seen.add("before");
                    next.handle(message);
                    seen.add("after");
                })
                .errorHandler((message, failure, attempt) -> seen.add(failure.getMessage() + " " + attempt))
                .handler((key, value) -> {
                    if (value.equals("bad")) {
                        throw new IOException("down");
                    }
                });
        try (KqTester tester = KqTester.of(queue)) {
            tester.send("good");
            tester.send("bad");
            assertThat(seen).containsExactly("before", "after", "before", "down 1");
        }
    }

    @Test
    void sendBytes_givesWhatIsNoText() {
        AtomicReference<byte[]> value = new AtomicReference<>();
        KqQueue.Builder queue =
                KqQueue.builder(KqTester.conf().build()).messageHandler(message -> value.set(message.valueBytes()));
        try (KqTester tester = KqTester.of(queue)) {
            tester.sendBytes(new ProducerRecord<>("kq-tester", new byte[] {(byte) 0xff}));
            assertThat(value.get()).containsExactly((byte) 0xff);
        }
    }

    // ---- failures

    @Test
    void retry_comesAfterItsBackoff_toTheNanosecond_inNoTime() {
        KqConf conf = KqTester.conf().retry(retry(3, Duration.ofSeconds(30))).build();
        long from = System.nanoTime();
        try (KqTester tester = KqTester.of(conf, (key, value) -> fail(value))) {
            tester.send("a");
            assertThat(seen).hasSize(1);
            tester.advance(Duration.ofSeconds(30).minusNanos(1));
            assertThat(seen).hasSize(1);
            tester.advance(Duration.ofNanos(1));
            assertThat(seen).hasSize(2);
            tester.advance(Duration.ofSeconds(60));
            assertThat(seen).hasSize(3);
        }
        assertThat(System.nanoTime() - from).isLessThan(10_000_000_000L);
    }

    @Test
    void oneAdvance_goesThroughAllAttempts_atTheirTimes() {
        TestClock clock = new TestClock();
        KqConf conf = KqTester.conf().retry(retry(4, SECOND)).build();
        KqQueue.Builder queue = KqQueue.builder(conf)
                .handler((key, value) -> fail(clock.instant().toString()));
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            tester.send("a");
            tester.advance(Duration.ofHours(1));
            assertThat(seen)
                    .containsExactly(
                            "2026-01-01T00:00:00Z",
                            "2026-01-01T00:00:01Z",
                            "2026-01-01T00:00:03Z",
                            "2026-01-01T00:00:07Z");
            assertThat(clock.instant()).isEqualTo("2026-01-01T01:00:00Z");
        }
    }

    @Test
    void deadLetter_hasItsHeaders_andTheClocksTime() {
        KqConf conf =
                KqTester.conf().retry(retry(2, SECOND)).deadLetterTopic("dead").build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> fail(value))) {
            ProducerRecord<String, String> sent = new ProducerRecord<>("kq-tester", "k", "v");
            sent.headers().add("own", "1".getBytes(StandardCharsets.UTF_8));
            tester.send(sent);
            assertThat(tester.deadLetters()).isEmpty();
            tester.advance(SECOND);
            assertThat(tester.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.topic()).isEqualTo("dead");
                assertThat(letter.key()).isEqualTo("k");
                assertThat(letter.value()).isEqualTo("v");
                assertThat(letter.timestamp()).isEqualTo("2026-01-01T00:00:00Z");
                assertThat(letter.headers())
                        .containsAllEntriesOf(Map.of(
                                "own", "1",
                                "kq-original-topic", "kq-tester",
                                "kq-original-offset", "0",
                                "kq-attempts", "2",
                                "kq-reason", "failed",
                                "kq-exception-class", "java.io.IOException",
                                "kq-exception-message", "down",
                                "kq-failed-at", "2026-01-01T00:00:01Z"));
            });
            tester.advance(SECOND);
            assertThat(tester.committed(0)).isEqualTo(1);
        }
    }

    @Test
    void decisionsByException_areTakenAtOnce() {
        KqConf conf = KqTester.conf().deadLetterTopic("dead").build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> {
            seen.add(value);
            if (value.equals("dead")) {
                throw new DeadLetter("no use");
            } else if (seen.size() < 3) {
                throw new RetryLater(Duration.ofHours(5));
            }
        })) {
            tester.send("dead");
            tester.send("later");
            assertThat(tester.deadLetters().get(0).headers()).containsEntry("kq-reason", "no use");
            tester.advance(Duration.ofHours(5));
            assertThat(seen).containsExactly("dead", "later", "later");
        }
    }

    @Test
    void forceCommit_passesWhatIsGivenUp() {
        KqConf conf = KqTester.conf().retry(retry(2, SECOND)).forceCommit(true).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> fail(value))) {
            tester.send("a");
            tester.advance(Duration.ofDays(1));
            assertThat(seen).hasSize(2);
            assertThat(tester.committed(0)).isEqualTo(1);
        }
    }

    @Test
    void withoutForceCommit_theOffsetStays_andTheKeyWaits_forEver() {
        KqConf conf = KqTester.conf()
                .retry(new RetryConf(2, Duration.ofMinutes(1), Duration.ofMinutes(10), 2, 0.2))
                .forceCommit(false)
                .build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> {
            if (key.equals("bad")) {
                fail(value);
            }
            seen.add(value);
        })) {
            tester.send("bad", "1");
            tester.send("good", "2");
            tester.advance(Duration.ofDays(1));
            assertThat(seen).hasSizeGreaterThan(100).startsWith("1", "2", "1", "1");
            assertThat(tester.committed(0)).isZero();
        }
    }

    @Test
    void key_keepsItsOrder_whileItsFirstWaits() {
        AtomicInteger failures = new AtomicInteger(2);
        KqConf conf = KqTester.conf().retry(retry(5, SECOND)).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> {
            if (value.equals("a1") && failures.getAndDecrement() > 0) {
                throw new IOException("down");
            }
            seen.add(value);
        })) {
            tester.send("a", "a1");
            tester.send("b", "b1");
            tester.send("a", "a2");
            tester.send("a", "a3");
            tester.send("b", "b2");
            assertThat(seen).containsExactly("b1", "b2");
            tester.advance(Duration.ofSeconds(10));
            assertThat(seen).containsExactly("b1", "b2", "a1", "a2", "a3");
        }
    }

    @Test
    void control_withoutOrder_theLaterOnesOvertake() {
        AtomicInteger failures = new AtomicInteger(1);
        KqConf conf = KqTester.conf().ordering(Ordering.NONE).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> {
            if (value.equals("a1") && failures.getAndDecrement() > 0) {
                throw new IOException("down");
            }
            seen.add(value);
        })) {
            tester.send("a", "a1");
            tester.send("a", "a2");
            tester.advance(SECOND);
            assertThat(seen).containsExactly("a2", "a1");
        }
    }

    @Test
    void committedOffset_neverPassesAnUnfinishedMessage() {
        KqConf conf = KqTester.conf()
                .retry(retry(10, Duration.ofMinutes(10)))
                .commitInterval(Duration.ofMillis(100))
                .build();
        try (KqTester tester = KqTester.builder(KqQueue.builder(conf).handler((key, value) -> {
                    if (value.equals("bad") && seen.isEmpty()) {
                        fail(value);
                    }
                }))
                .partitions(2)
                .start()) {
            tester.send(new ProducerRecord<>("kq-tester", 0, "a", "good"));
            long unfinished = tester.send(new ProducerRecord<>("kq-tester", 0, "b", "bad"));
            for (int i = 0; i < 50; i++) {
                tester.send(new ProducerRecord<>("kq-tester", 0, "k" + i, "good"));
                tester.send(new ProducerRecord<>("kq-tester", 1, "k" + i, "good"));
                tester.advance(SECOND);
                assertThat(tester.committed(0)).isEqualTo(unfinished);
                assertThat(tester.committed(1)).isEqualTo(i + 1);
            }
            tester.advance(Duration.ofMinutes(10));
            assertThat(tester.committed(0)).isEqualTo(52);
        }
    }

    /** What a service's own test may ask: each message has its effect, or is a dead letter, and is then committed. */
    private void assertNothingIsLost(KqConf conf, ConsumeHandler handler) {
        seen.clear();
        try (KqTester tester = KqTester.of(conf, handler)) {
            for (int i = 0; i < 20; i++) {
                tester.send("k" + i % 3, "v" + i);
            }
            tester.advance(Duration.ofHours(1));
            List<String> ended = new ArrayList<>(seen);
            tester.deadLetters().forEach(letter -> ended.add(letter.value()));
            assertThat(ended).hasSize(20).doesNotHaveDuplicates();
            assertThat(tester.committed(0)).isEqualTo(20);
        }
    }

    private void failOnSevens(String key, String value) throws IOException {
        if (value.endsWith("7")) {
            throw new IOException("down");
        }
        seen.add(value);
    }

    @Test
    void nothingIsLost_andControls_aHandlerAndAPolicyThatLose() {
        KqConf conf = KqTester.conf().deadLetterTopic("dead").build();
        assertNothingIsLost(conf, this::failOnSevens);

        ConsumeHandler swallows = (key, value) -> {
            try {
                failOnSevens(key, value);
            } catch (IOException lost) {
                // nobody will know
            }
        };
        assertThatThrownBy(() -> assertNothingIsLost(conf, swallows)).isInstanceOf(AssertionError.class);

        KqConf passes = KqTester.conf().forceCommit(true).build(); // and no dead letters
        assertThatThrownBy(() -> assertNothingIsLost(passes, this::failOnSevens))
                .isInstanceOf(AssertionError.class);

        KqConf waits = KqTester.conf().forceCommit(false).build();
        assertThatThrownBy(() -> assertNothingIsLost(waits, this::failOnSevens)).isInstanceOf(AssertionError.class);
    }

    @Test
    void virtualThreads_restAndSleepToo() {
        assumeThat(Runtime.version().feature()).isGreaterThanOrEqualTo(21);
        TestClock clock = new TestClock();
        KqConf conf = KqTester.conf().workers(WorkerKind.VIRTUAL).build();
        KqQueue.Builder queue = KqQueue.builder(conf).handler((key, value) -> {
            clock.sleep(SECOND);
            seen.add(value);
        });
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            tester.send("a");
            assertThat(seen).isEmpty();
            tester.advance(SECOND);
            assertThat(seen).containsExactly("a");
        }
    }

    @Test
    void errorOfAHandler_failsTheTest_thatSentTheMessage() {
        AssertionError wrong = new AssertionError("expected 1");
        try (KqTester tester = KqTester.of((key, value) -> {
            throw wrong;
        })) {
            assertThatThrownBy(() -> tester.send("a"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("expected 1")
                    .hasCause(wrong);
            assertThatThrownBy(() -> tester.advance(SECOND)).isInstanceOf(AssertionError.class);
        }
    }

    // ---- time

    @Test
    void batch_isFlushedWhenItIsFull_orHasWaited() {
        KqConf conf =
                KqTester.conf().batchSize(3).batchWait(Duration.ofSeconds(5)).build();
        KqQueue.Builder queue = KqQueue.builder(conf)
                .batchHandler(batch ->
                        seen.add(batch.stream().map(Message::value).toList().toString()));
        try (KqTester tester = KqTester.of(queue)) {
            tester.send("1");
            tester.send("2");
            assertThat(seen).isEmpty();
            tester.send("3");
            assertThat(seen).containsExactly("[1, 2, 3]");
            tester.send("4");
            tester.advance(Duration.ofMillis(4999));
            assertThat(seen).hasSize(1);
            tester.advance(Duration.ofMillis(1));
            assertThat(seen).containsExactly("[1, 2, 3]", "[4]");
        }
    }

    /** The handler kept it; a message equals only itself, so nobody knows which of this batch failed. */
    @Test
    void batchFailureOfAnotherBatch_failsAllOfThisOne() {
        KqConf conf = KqTester.conf()
                .batchSize(2)
                .retry(retry(2, SECOND))
                .deadLetterTopic("dead")
                .build();
        AtomicReference<BatchFailure> first = new AtomicReference<>();
        KqQueue.Builder queue = KqQueue.builder(conf).batchHandler(batch -> {
            first.compareAndSet(null, new BatchFailure(Map.of(batch.get(0), new Exception("no"))));
            throw first.get();
        });
        try (KqTester tester = KqTester.of(queue)) {
            tester.send("a", "1");
            tester.send("b", "2");
            tester.advance(Duration.ofMinutes(1));

            assertThat(tester.deadLetters()).hasSize(1);
            assertThat(tester.deadLetters().get(0).headers().values()).anyMatch(text -> text.contains("another batch"));
        }
    }

    @Test
    void handlerTimeout_interruptsAHandlerThatSleepsTooLong() {
        TestClock clock = new TestClock();
        KqConf conf = KqTester.conf()
                .handlerTimeout(Duration.ofSeconds(5))
                .retry(retry(1, SECOND))
                .deadLetterTopic("dead")
                .build();
        KqQueue.Builder queue = KqQueue.builder(conf).handler((key, value) -> {
            clock.sleep(Duration.ofSeconds(Long.parseLong(value)));
            seen.add(value);
        });
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            tester.send("4");
            assertThat(seen).isEmpty();
            tester.advance(Duration.ofSeconds(4));
            assertThat(seen).containsExactly("4");

            tester.send("6");
            tester.advance(Duration.ofMillis(4999));
            assertThat(tester.deadLetters()).isEmpty();
            tester.advance(Duration.ofMillis(1));
            assertThat(tester.deadLetters())
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.headers())
                            .containsEntry("kq-exception-class", TimeoutException.class.getName()));
            assertThat(seen).containsExactly("4");
        }
    }

    @Test
    void sleepers_letOthersWork_whenThereAreMoreProcessors() {
        TestClock clock = new TestClock();
        KqQueue.Builder queue = KqQueue.builder(KqTester.conf().build()).handler((key, value) -> {
            clock.sleep(Duration.ofSeconds(Long.parseLong(value)));
            seen.add(value);
        });
        try (KqTester tester =
                KqTester.builder(queue).clock(clock).processors(2).start()) {
            tester.send("a", "3");
            tester.send("b", "1");
            tester.send("c", "1");
            tester.advance(SECOND);
            assertThat(seen).containsExactly("1");
            tester.advance(SECOND);
            assertThat(seen).containsExactly("1", "1");
            tester.advance(SECOND);
            assertThat(seen).containsExactly("1", "1", "3");
        }
    }

    @Test
    void rateLimit_isKeptByTheClock() {
        KqConf conf = KqTester.conf().rateLimit(1).build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> seen.add(value))) {
            for (int i = 0; i < 6; i++) {
                tester.send("k" + i, "v" + i);
            }
            assertThat(seen).hasSize(1);
            tester.advance(Duration.ofSeconds(2));
            assertThat(seen).hasSize(3);
            tester.advance(Duration.ofSeconds(3));
            assertThat(seen).containsExactly("v0", "v1", "v2", "v3", "v4", "v5");
        }
    }

    @Test
    void pause_holdsMessages_untilResume() {
        try (KqTester tester = KqTester.of((key, value) -> seen.add(value))) {
            tester.queue().pause();
            tester.send("a");
            tester.advance(Duration.ofHours(1));
            assertThat(seen).isEmpty();
            tester.queue().resume();
            tester.advance(Duration.ZERO);
            assertThat(seen).containsExactly("a");
        }
    }

    @Test
    void fullQueue_fetchesNoMore_untilThereIsRoom() {
        KqConf conf = KqTester.conf()
                .queueCapacity(4)
                .retry(retry(2, SECOND))
                .forceCommit(true)
                .build();
        try (KqTester tester = KqTester.of(conf, (key, value) -> fail(value))) {
            for (int i = 0; i < 10; i++) {
                tester.send("one key", "v" + i);
            }
            assertThat(tester.queue().held()).isEqualTo(4);
            tester.advance(Duration.ofSeconds(20));
            assertThat(tester.queue().held()).isZero();
            assertThat(tester.committed(0)).isEqualTo(10);
        }
    }

    @Test
    void sameTest_doesTheSame_everyTime() {
        List<List<String>> runs = new ArrayList<>();
        for (int run = 0; run < 20; run++) {
            List<String> one = new CopyOnWriteArrayList<>();
            KqConf conf = KqTester.conf().retry(retry(3, SECOND)).build();
            try (KqTester tester = KqTester.builder(KqQueue.builder(conf).handler((key, value) -> {
                        one.add(value);
                        if (value.hashCode() % 3 == 0) {
                            throw new IOException("down");
                        }
                    }))
                    .partitions(3)
                    .start()) {
                for (int i = 0; i < 60; i++) {
                    tester.send("k" + i % 7, "v" + i);
                }
                tester.advance(Duration.ofMinutes(1));
            }
            runs.add(one);
        }
        assertThat(runs).allMatch(run -> run.equals(runs.get(0)));
    }

    // ---- what cannot be

    @Test
    void handlerThatHangs_isNamedWithItsStack() {
        CountDownLatch never = new CountDownLatch(1);
        KqTester.Builder builder = KqTester.builder(
                        KqQueue.builder(KqTester.conf().build()).handler((key, value) -> never.await()))
                .patience(Duration.ofSeconds(3));
        try (KqTester tester = builder.start()) {
            assertThatThrownBy(() -> tester.send("a"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("PT3S for the handler to return")
                    .hasMessageContaining("kq-tester-0@0 in thread kq-")
                    .hasMessageContaining("TestClock.sleep")
                    .cause()
                    .satisfies(stack -> assertThat(stack.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().startsWith(KqTesterTest.class.getName())));
        }
    }

    @Test
    void retriesWithoutBackoff_endWithAnError_notNever() {
        KqTester.Builder builder = KqTester.builder(
                        KqQueue.builder(KqTester.conf().build()).handler((key, value) -> {
                            throw new RetryLater(Duration.ZERO);
                        }))
                .patience(Duration.ofSeconds(3));
        try (KqTester tester = builder.start()) {
            assertThatThrownBy(() -> tester.send("a"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("retries without a backoff");
        }
    }

    @Test
    void wrongUse_isToldAtTheCall() {
        TestClock clock = new TestClock();
        assertThatIllegalStateException()
                .isThrownBy(() -> clock.sleep(SECOND))
                .withMessageContaining("No KqTester has this clock");
        AtomicReference<KqTester> itself = new AtomicReference<>();
        KqQueue.Builder queue = KqQueue.builder(KqTester.conf().build())
                .handler((key, value) -> itself.get().advance(SECOND))
                .errorHandler((message, failure, attempt) -> seen.add(failure.getMessage()));
        KqTester tester = KqTester.builder(queue).clock(clock).start();
        try (tester) {
            itself.set(tester);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tester.advance(Duration.ofSeconds(-1)))
                    .withMessageContaining("PT-1S");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tester.send(new ProducerRecord<>("other", "v")))
                    .withMessageContaining("other");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tester.send(new ProducerRecord<>("kq-tester", 1, "k", "v")))
                    .withMessageContaining("no partition 1");
            assertThatIllegalArgumentException().isThrownBy(() -> tester.committed(-1));
            assertThatIllegalStateException()
                    .isThrownBy(() -> clock.sleep(SECOND))
                    .withMessageContaining("for ever");
            assertThatIllegalStateException()
                    .isThrownBy(() -> KqTester.builder(queue).clock(clock).start())
                    .withMessageContaining("Another KqTester");
            tester.send("from a handler");
            assertThat(seen).singleElement().asString().contains("A handler called its tester");
        }
        tester.close();
        assertThatIllegalStateException().isThrownBy(() -> tester.send("late")).withMessageContaining("closed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KqTester.builder(queue).partitions(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KqTester.builder(queue).processors(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KqTester.builder(queue).patience(Duration.ZERO));
        assertThatThrownBy(() -> KqTester.of(KqQueue.builder(KqTester.conf().build())))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("no handler");
    }

    @Test
    void topicPattern_needsTopics() {
        KqConf conf = KqConf.builder()
                .brokers("a:1")
                .group("g")
                .topicPattern("orders-.*")
                .build();
        KqQueue.Builder queue = KqQueue.builder(conf).messageHandler(this::see);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KqTester.of(queue))
                .withMessageContaining("orders-.*");
        try (KqTester tester =
                KqTester.builder(queue).topics("orders-de", "orders-fr").start()) {
            tester.send(new ProducerRecord<>("orders-fr", "v"));
            assertThat(seen).containsExactly("orders-fr-0@0 1767225600000 v");
            tester.advance(SECOND);
            assertThat(tester.committed("orders-fr", 0)).isEqualTo(1);
        }
    }

    @Test
    void queueOfTheService_isLeftAsItIs() {
        KqConf conf = KqTester.conf().consumers(3).build();
        KqQueue.Builder queue = KqQueue.builder(conf).handler((key, value) -> seen.add(value));
        for (int i = 0; i < 2; i++) {
            try (KqTester tester = KqTester.of(queue)) {
                tester.send("a");
            }
        }
        assertThat(seen).containsExactly("a", "a");
        queue.build().close();
    }

    @Test
    void close_leavesNoThread_alsoWhileAHandlerSleeps() {
        TestClock clock = new TestClock();
        KqQueue.Builder queue = KqQueue.builder(
                        KqTester.conf().name("left-behind").build())
                .handler((key, value) -> clock.sleep(Duration.ofHours(1)));
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            tester.send("a");
            assertThat(threads()).isNotEmpty();
        }
        // The thread that says that all is over ends after it has said so.
        Awaitility.await().untilAsserted(() -> assertThat(threads()).isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("kq-left-behind"))
                .toList();
    }
}
