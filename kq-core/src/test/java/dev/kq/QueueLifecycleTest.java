package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.kq.errors.KqException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** I11: start and stop in every order, from everywhere. */
@Timeout(120)
class QueueLifecycleTest {
    /** No two alike, not even with those of a broken engine: what that leaves behind is not a thread of this one. */
    private final String name = "lifecycle-" + UUID.randomUUID();

    private final ScriptedConsumer consumer = ScriptedConsumer.earliest(T0);
    private final AtomicInteger consumersMade = new AtomicInteger();
    private KqQueue queue;

    @AfterEach
    void stop() throws InterruptedException {
        if (queue != null) {
            queue.stop();
        }
        awaitNoThreads(name);
    }

    @Test
    void start_twice_isRefused_andTheQueueGoesOn() {
        make((key, value) -> {}).start();

        assertThatThrownBy(queue::start).isInstanceOf(KqException.class).hasMessageContaining("running already");
        assertThat(queue.health().status()).isEqualTo(Health.Status.UP);
    }

    @Test
    void stop_endsWhateverItsLastActsDo() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        meters.config().onMeterRemoved(meter -> {
            throw new IllegalStateException("a listener of the application");
        });
        queue = builder().meterRegistry(meters).handler((key, value) -> {}).build();
        queue.start();
        try (LogCapture log = new LogCapture()) {
            assertThat(queue.stop()).isNotNull();
            assertThat(log.lines()).anyMatch(line -> line.contains("a listener of the application"));
            assertThat(meters.getMeters()).isEmpty();
        }
    }

    /** Fetchers are daemons, and the JVM must not end in the middle of what one asks for. */
    @Test
    void stop_askedForByADaemon_isDoneByAThreadThatIsNone() throws Exception {
        AtomicReference<Thread> last = new AtomicReference<>();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        meters.config().onMeterRemoved(meter -> last.set(Thread.currentThread()));
        queue = builder().meterRegistry(meters).handler((key, value) -> {}).build();
        queue.start();
        consumer.failNextPoll(new NoClassDefFoundError("test"));

        assertThatThrownBy(queue::join).hasRootCauseInstanceOf(NoClassDefFoundError.class);
        assertThat(last.get().isDaemon()).isFalse();
    }

    @Test
    void start_showsTheSettingsThatHold_once_withoutSecrets() {
        try (LogCapture log = new LogCapture()) {
            make((key, value) -> {}).start();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("starts with"))
                    .singleElement(STRING)
                    .startsWith("DEBUG queue ")
                    .contains("Brokers=[", "Processors=", "Retry={MaxAttempts=3")
                    .contains("Password=******")
                    .doesNotContain("open sesame");
        }
    }

    @Test
    void handlerThatHangs_degradesTheHealth_andItsStackTraceIsLoggedOnce() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (LogCapture log = new LogCapture()) {
            queue = builder(conf().toBuilder().stallAfter(Duration.ofMillis(50)).build())
                    .handler((key, value) -> release.await())
                    .build();
            startWithOneRecord();
            Eventually.await(
                    "the reason",
                    () -> queue.health().reasons().stream() // the partition stands still too
                            .anyMatch(reason ->
                                    reason.matches("a handler takes long: t-0@0 is in a handler for \\d+ s.*")));
            assertThat(queue.health().status()).isEqualTo(Health.Status.DEGRADED);
            release.countDown();
            Eventually.await("up", () -> queue.health().status() == Health.Status.UP);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("the stack trace is that of its thread"))
                    .hasSize(1);
            assertThat(log.stackTraces()).anyMatch(trace -> trace.contains("CountDownLatch.await"));
        }
    }

    /** Else the JVM would end under it when {@code main} returns. */
    @Test
    void start_onADaemon_makesAThreadThatIsNone() throws Exception {
        make((key, value) -> {});
        Thread daemon = new Thread(queue::start, "a daemon");
        daemon.setDaemon(true);
        daemon.start();
        daemon.join();

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("kq-" + name + "-timer-"))
                .isNotEmpty()
                .noneMatch(Thread::isDaemon);
    }

    @Test
    void start_afterStop_isRefused() {
        make((key, value) -> {}).start();
        queue.stop();

        assertThatThrownBy(queue::start).isInstanceOf(KqException.class).hasMessageContaining("stopped");
    }

    @Test
    void stop_beforeStart_isDone_andNothingWasConnected() throws Exception {
        make((key, value) -> {});

        StopReport report = queue.stop();
        assertThat(report.handled()).isZero();
        assertThat(queue.stop()).isSameAs(report);
        queue.join();
        assertThatThrownBy(queue::start).isInstanceOf(KqException.class).hasMessageContaining("stopped");
        assertThat(consumersMade).hasValue(0);
        assertThat(queue.health()).isEqualTo(new Health(Health.Status.DOWN, true, false, List.of("not running")));
    }

    @Test
    void stop_twice_returnsOneReport() {
        make((key, value) -> {}).start();

        assertThat(queue.stop()).isSameAs(queue.stop());
        queue.close();
    }

    @Test
    void stop_fromManyThreads_returnsOneReport() throws Exception {
        startWithOneRecord((key, value) -> {});
        CountDownLatch go = new CountDownLatch(1);
        Set<StopReport> reports = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Thread thread = new Thread(() -> {
                try {
                    go.await();
                    reports.add(queue.stop());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.start();
            threads.add(thread);
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(reports).hasSize(1);
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void stop_fromAHandler_returnsAtOnce_andTheQueueStops() throws Exception { // R45
        AtomicReference<StopReport> inside = new AtomicReference<>();
        startWithOneRecord((key, value) -> inside.set(queue.stop()));

        queue.join();
        assertThat(inside.get()).isNotNull();
        assertThat(queue.stop().handled()).isEqualTo(1);
        assertThat(queue.stop().committed()).isEqualTo(Map.of(T0, 1L));
    }

    @Test
    void close_fromTheErrorHandler_returnsAtOnce_andTheRecordIsNotCommitted() throws Exception { // R45
        CountDownLatch returned = new CountDownLatch(1);
        queue = builder()
                .handler((key, value) -> {
                    throw new Exception("bad day");
                })
                .errorHandler((message, exception, attempt) -> {
                    queue.close();
                    returned.countDown();
                })
                .build();
        startWithOneRecord();

        returned.await();
        queue.join();
        assertThat(queue.stop().committed()).isEqualTo(Map.of(T0, 0L));
    }

    @Test
    void stop_givesBackWhatWaits_finishesWhatRuns_andReportsIt() throws Exception { // R45
        make((key, value) -> Eventually.await("drain", () -> queue.stop().givenBack() == 2))
                .start();
        consumer.insidePoll(() -> {
            consumer.rebalance(List.of(T0));
            for (int i = 0; i < 3; i++) {
                consumer.addRecord(record(i, "same"));
            }
        });
        queue.join();

        StopReport report = queue.stop();
        assertThat(report.handled()).isEqualTo(1);
        assertThat(report.givenBack()).isEqualTo(2);
        assertThat(report.stillRunning()).isZero();
        assertThat(report.committed()).isEqualTo(Map.of(T0, 1L));
        assertThat(report.elapsed()).isPositive();
    }

    @Test
    void stop_isBounded_whenAHandlerDoesNotReturn() throws Exception { // R45
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        KqConf conf = conf().toBuilder().drainTimeout(Duration.ofMillis(50)).build();
        queue = builder(conf)
                .handler((key, value) -> {
                    begun.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                })
                .build();
        startWithOneRecord();
        begun.await();

        StopReport report = queue.stop();
        assertThat(report.stillRunning()).isEqualTo(1);
        assertThat(report.committed()).isEqualTo(Map.of(T0, 0L));
        interrupted.await();
    }

    @Test
    void stop_whoseCallerIsInterrupted_stillWaits_andKeepsTheInterrupt() {
        make((key, value) -> {}).start();
        Thread.currentThread().interrupt();

        StopReport report = queue.stop();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(queue.stop()).isSameAs(report);
    }

    @Test
    void join_beforeStart_isRefused() {
        make((key, value) -> {});

        assertThatThrownBy(queue::join).isInstanceOf(KqException.class).hasMessageContaining("not started");
    }

    @Test
    void join_interrupted_endsTheWaitAndNotTheQueue() {
        make((key, value) -> {}).start();
        Thread.currentThread().interrupt();

        assertThatThrownBy(queue::join).isInstanceOf(InterruptedException.class);
        assertThat(queue.health().status()).isEqualTo(Health.Status.UP);
    }

    @Test
    void I10_errorOfAHandler_stopsTheQueueLoudly() { // R54
        OutOfMemoryError error = new OutOfMemoryError("test");
        startWithOneRecord((key, value) -> {
            throw error;
        });
        assertStoppedBy(error);
    }

    @Test
    void I10_errorOfTheErrorHandler_stopsTheQueueLoudly() { // R54
        LinkageError error = new LinkageError("test");
        queue = builder()
                .handler((key, value) -> {
                    throw new Exception("first");
                })
                .errorHandler((message, exception, attempt) -> {
                    throw error;
                })
                .build();
        startWithOneRecord();
        assertStoppedBy(error);
    }

    @Test
    void I10_errorInThePollLoop_stopsTheQueueLoudly() { // R54
        NoClassDefFoundError error = new NoClassDefFoundError("test");
        make((key, value) -> {}).start();
        consumer.failNextPoll(error);
        assertStoppedBy(error);
    }

    private void assertStoppedBy(Throwable error) {
        assertThatThrownBy(queue::join)
                .isInstanceOf(KqException.class)
                .hasCause(error)
                .hasMessageContaining(name);
        assertThat(queue.health())
                .isEqualTo(new Health(Health.Status.DOWN, false, false, List.of("stopped by " + error)));
        assertThat(queue.stop().handled()).isZero();
        assertThat(consumer.committedOffset(T0)).isLessThanOrEqualTo(0);
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void processors_canBeChangedOnlyWhileItRuns() {
        make((key, value) -> {});
        assertThatThrownBy(() -> queue.setProcessors(2)).isInstanceOf(KqException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queue.setProcessors(0))
                .withMessageContaining("0");
        queue.start();
        queue.setProcessors(2);
        queue.stop();
        assertThatThrownBy(() -> queue.setProcessors(2)).isInstanceOf(KqException.class);
    }

    @Test
    void rateLimit_thatMakesNoSense_isRefused() {
        make((key, value) -> {});

        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> queue.setRateLimit(bad));
        }
    }

    @Test
    void pausedQueue_withARateLimit_stopsAtOnce() { // R60
        make((key, value) -> {}).start();
        queue.setRateLimit(0.001);
        queue.pause();
        startedRecords();

        assertThat(queue.stop().stillRunning()).isZero();
        queue.resume();
        queue.pause();
    }

    /** Whatever is called in whatever order from several threads: in the end it is stopped and nothing is left. */
    @Test
    void I11_anythingInAnyOrder_endsStopped() throws Exception {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ScriptedConsumer own = ScriptedConsumer.earliest(T0);
            own.insidePoll(() -> {
                own.rebalance(List.of(T0));
                for (int i = 0; i < 50; i++) {
                    own.addRecord(record(i, "k" + i % 7));
                }
            });
            boolean stopsItself = random.nextInt(10) == 0;
            AtomicReference<KqQueue> self = new AtomicReference<>();
            KqQueue q = KqQueue.builder(conf())
                    .handler((key, value) -> {
                        if (stopsItself) {
                            self.get().stop();
                        }
                    })
                    .consumers(n -> n == 0 ? own : ScriptedConsumer.earliest())
                    .build();
            self.set(q);
            List<Thread> callers = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                Random dice = new Random(random.nextLong());
                callers.add(new Thread(() -> {
                    for (int i = 0; i < 8; i++) {
                        anything(q, dice);
                    }
                }));
            }
            callers.forEach(Thread::start);
            for (Thread caller : callers) {
                caller.join();
            }
            FutureTask<StopReport> stop = new FutureTask<>(q::stop);
            new Thread(stop).start();
            try {
                stop.get(20, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new AssertionError("seed " + seed + " does not stop\n" + Eventually.threadDump(), e);
            }
            assertThat(q.health().status()).isEqualTo(Health.Status.DOWN);
            awaitNoThreads(name);
        }
    }

    private static void anything(KqQueue q, Random dice) {
        try {
            switch (dice.nextInt(9)) {
                case 0, 1, 2 -> q.start();
                case 3 -> {
                    if (dice.nextInt(3) == 0) {
                        q.stop();
                    }
                }
                case 4 -> q.pause();
                case 5 -> q.resume();
                case 6 -> q.setProcessors(1 + dice.nextInt(12));
                case 7 -> q.setRateLimit(dice.nextBoolean() ? 0 : 1 + dice.nextInt(5000));
                default -> {
                    q.health();
                    q.lag();
                    q.handled();
                }
            }
        } catch (KqException e) {
            assertThat(e).hasMessageContaining("queue");
        }
    }

    // ---- broken engines

    @Test
    void stop_givesWorkersWithoutAHandlerTheTimeTheyNeed() {
        Surroundings slow = Bench.restingLonger(
                () -> // comes round late, as on a machine with too much to do
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500)));
        queue = builder().surroundings(slow).handler((key, value) -> {}).build();
        startWithOneRecord();
        Eventually.await("handled", () -> queue.handled() == 1);
        try (LogCapture log = new LogCapture()) {
            queue.stop();
            assertThat(log.lines()).noneMatch(line -> line.contains("interrupted"));
        }
    }

    @Test
    void control_workersWithoutAHandlerAreHurried() throws Exception {
        Broken.assertCaught(
                Mutant.of("QueueLifecycle.java", "runs.inHandlers()", "1"),
                QueueLifecycleTest.class,
                "stop_givesWorkersWithoutAHandlerTheTimeTheyNeed");
    }

    @Test
    void control_stopFromAHandlerWaitsForItself() throws Exception {
        Broken.assertCaught(
                Mutant.of("QueueLifecycle.java", "!stopped.isDone() && runsHere()", "false"),
                QueueLifecycleTest.class,
                "stop_fromAHandler_returnsAtOnce_andTheQueueStops");
    }

    @Test
    void control_startIsNotGuarded() throws Exception {
        Broken.assertCaught(
                Mutant.of("QueueLifecycle.java", "if (state != State.NEW) {", "if (false) {"),
                QueueLifecycleTest.class,
                "start_afterStop_isRefused");
    }

    private KqConf conf() {
        return KqConf.builder()
                .name(name)
                .brokers("localhost:1")
                .username("ali")
                .password("open sesame")
                .group("g")
                .topic("t")
                .offset(StartOffset.FIRST)
                .consumers(2)
                .processors(3)
                .drainTimeout(Duration.ofHours(1))
                .commitInterval(Duration.ofMillis(20))
                .build();
    }

    private KqQueue.Builder builder() {
        return builder(conf());
    }

    private KqQueue.Builder builder(KqConf conf) {
        return KqQueue.builder(conf).consumers(n -> {
            consumersMade.incrementAndGet();
            return n == 0 ? consumer : ScriptedConsumer.earliest();
        });
    }

    private KqQueue make(ConsumeHandler handler) {
        queue = builder().handler(handler).build();
        return queue;
    }

    private void startWithOneRecord(ConsumeHandler handler) {
        make(handler);
        startWithOneRecord();
    }

    private void startWithOneRecord() {
        queue.start();
        startedRecords();
    }

    private void startedRecords() {
        consumer.insidePoll(() -> {
            consumer.rebalance(List.of(T0));
            consumer.addRecord(record(0, "a"));
        });
    }

    private static void awaitNoThreads(String name) throws InterruptedException {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !thread.getName().startsWith("kq-" + name + "-"));
        for (Thread thread : threads) {
            thread.join(20_000);
            if (thread.isAlive()) {
                throw new AssertionError(thread + " is left\n" + Eventually.threadDump());
            }
        }
    }
}
