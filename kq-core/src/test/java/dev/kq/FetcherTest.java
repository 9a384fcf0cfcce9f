package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FetcherTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final ScriptedConsumer consumer = ScriptedConsumer.earliest(T0, T1);
    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final QueueCounters counters = new QueueCounters();
    private final QueueHealth health = new QueueHealth("q");
    private final AtomicBoolean paused = new AtomicBoolean();
    private final AtomicReference<Runnable> whenAskedIfPaused = new AtomicReference<>();
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private Partitions partitions;
    private Fetcher fetcher;
    private Thread thread;

    @AfterEach
    void stop() throws InterruptedException {
        if (thread != null) {
            fetcher.stop(System.nanoTime());
            thread.join();
        }
    }

    // ---- trouble

    static Stream<KafkaException> refusals() {
        return Stream.of(new SaslAuthenticationException("wrong password"), new TopicAuthorizationException("t"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusal_keepsTheFetcherRunning_andReachesTheHealth(KafkaException failure) throws Exception { // R53
        recoversFrom(failure, "no access");
    }

    @Test
    void failedPoll_keepsTheFetcherRunning_andReachesTheHealth() throws Exception {
        recoversFrom(new KafkaException("something"), "polling fails: something");
    }

    @Test
    void groupThatForgotItsMember_keepsTheFetcherRunning_andReachesTheHealth() throws Exception {
        recoversFrom(new UnknownMemberIdException("who?"), "polling fails: who?");
    }

    /** With KIP-848, a poll fails as well when the group does not say where to begin. */
    @Test
    void partitionWithoutAPosition_isNotOneThatCannotBeRead() throws Exception {
        start(conf().toBuilder()
                .retry(new RetryConf(1, Duration.ZERO, Duration.ZERO, 1, 0))
                .build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        for (int i = 0; i < 3; i++) {
            consumer.failNextLookup(new UnknownMemberIdException("who?"));
        }
        consumer.failPollsOf(T0, new KafkaException("no position"));
        fetcher.nudge();
        Eventually.await("degraded", () -> health.health(true, null).status() == Health.Status.DEGRADED);
        assertThat(health.health(true, null).reasons()).containsExactly("polling fails: no position");
        assertThat(fatal).hasNullValue();

        consumer.failPollsOf(T0, null);
        fetcher.nudge();
        assertThat(takeOne().record(0).offset()).isZero();
        assertThat(counters.unreadable.sum()).isZero();
        assertThat(fatal).hasNullValue();
    }

    private void recoversFrom(KafkaException failure, String reason) throws Exception {
        start(conf());
        consumer.failNextPoll(failure);
        Eventually.await("degraded", () -> health.health(true, null).status() == Health.Status.DEGRADED);
        assertThat(health.health(true, null).reasons())
                .singleElement()
                .asString()
                .contains(reason);

        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        fetcher.nudge();
        takeOne();
        Eventually.await("up", () -> health.health(true, null).status() == Health.Status.UP);
        assertThat(fatal).hasNullValue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void brokerWithABadMoment_isNoReasonToPassRecords(int failures) throws Exception {
        start(conf().toBuilder()
                .retry(new RetryConf(1, Duration.ZERO, Duration.ZERO, 1, 0))
                .build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        synchronized (consumer) { // one after the other, with no poll between
            for (int i = 0; i < failures; i++) {
                consumer.failNextPoll(new KafkaException("a bad moment"));
            }
        }
        fetcher.nudge();
        assertThat(takeOne().record(0).offset()).isZero();
        assertThat(counters.unreadable.sum()).isZero();
        assertThat(fatal).hasNullValue();
    }

    @Test
    void stop_endsARevokeThatWaitsForAHandler() throws Exception {
        start(conf().toBuilder().drainTimeout(Duration.ofHours(1)).build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run stuck = takeOne();
        CountDownLatch revoking = new CountDownLatch(1);
        consumer.insidePoll(() -> {
            revoking.countDown();
            consumer.rebalance(List.of());
        });
        revoking.await();

        fetcher.stop(System.nanoTime());
        assertThat(finished.await(20, TimeUnit.SECONDS)).isTrue();
        Bench.finish(stuck);
    }

    static Stream<Throwable> whatDoesNotHeal() {
        return Stream.of(
                new UnsupportedVersionException("old broker"),
                new ConfigException("bad"),
                new InvalidTopicException("t?"),
                new FencedInstanceIdException("twice"),
                new IllegalStateException("BUG"),
                new OutOfMemoryError("test"),
                new NoClassDefFoundError("test"));
    }

    @ParameterizedTest
    @MethodSource("whatDoesNotHeal")
    void failureThatDoesNotHeal_endsTheQueueLoudly(Throwable failure) throws Exception { // R54
        start(conf());
        consumer.failNextPoll(failure);

        finished.await();
        assertThat(fatal).hasValue(failure);
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void consumerThatCannotBeMade_endsTheQueueLoudly() throws Exception {
        KafkaException failure = new KafkaException("Failed to construct", new ConfigException("bad key"));
        start(conf(), n -> {
            throw failure;
        });

        finished.await();
        assertThat(fatal).hasValue(failure);
    }

    @Test
    void unresolvableBroker_isTriedAgain() throws Exception {
        AtomicBoolean unresolvable = new AtomicBoolean(true);
        start(conf(), n -> {
            if (unresolvable.get()) {
                throw new KafkaException(
                        "Failed to construct", new ConfigException("No resolvable bootstrap urls given in x"));
            }
            return consumer;
        });
        Eventually.await("degraded", () -> health.health(true, null).status() == Health.Status.DEGRADED);
        unresolvable.set(false);
        fetcher.nudge();

        consumer.awaitPolls(1);
        assertThat(health.health(true, null).status()).isEqualTo(Health.Status.UP);
    }

    // ---- flow

    @Test
    void I5_fetcherKeepsPolling_whenAHandlerNeverReturns() throws Exception { // R11, R51
        Run stuck = takeOneAndLetAnotherWait();

        consumer.awaitPolls(5);
        assertThat(Bench.take(line, 1)).isNull();
        Bench.finish(stuck);
        assertThat(takeOne().record(0).offset()).isEqualTo(1);
    }

    /** While nothing happens, it does not go round its loop for nothing. */
    @Test
    void fullQueue_waitsInPoll_andIsWokenByADoneRecord() throws Exception {
        Run stuck = takeOneAndLetAnotherWait();

        int wokenBefore = consumer.wokenPolls();
        for (int i = 0; i < 20 && consumer.wokenPolls() == wokenBefore; i++) { // it does not always wait
            consumer.awaitWaitingPoll();
            Bench.finish(stuck);
            stuck = takeOne();
            assertThat(stuck.record(0).offset()).isEqualTo(i + 1);
            consumer.addRecord(record(T0, i + 2, "a", "v"));
            Eventually.await("paused", () -> consumer.paused().contains(T0));
        }
        assertThat(consumer.wokenPolls()).isGreaterThan(wokenBefore);
        Bench.finish(stuck);
    }

    @Test
    void finishedRecord_isCommitted_withinTheInterval_alsoWhenNothingElseComes() throws Exception {
        start(conf().toBuilder().commitInterval(Duration.ofMillis(10)).build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Bench.finish(takeOne());

        Eventually.await("committed", () -> consumer.committedOffset(T0) == 1);
    }

    @Test
    void userPause_pausesEverything_andResumeUndoesIt_withoutALostNudge() throws Exception { // R60
        start(conf());
        assign(T0, T1);
        for (int i = 0; i < 100; i++) {
            paused.set(true);
            fetcher.nudge();
            Eventually.await("paused", () -> consumer.paused().size() == 2);
            spin();
            paused.set(false);
            fetcher.nudge();
            Eventually.await("resumed", () -> consumer.paused().isEmpty());
            spin();
        }
        assertThat(consumer.longPollsThatTimedOut())
                .as("polls that slept on a nudge")
                .isZero();
    }

    @Test
    void nudgeBetweenTheLookAroundAndThePoll_isNotLost() throws Exception { // R48
        start(conf());
        assign(T0);
        consumer.awaitWaitingPoll();
        whenAskedIfPaused.set(() -> {
            paused.set(true);
            fetcher.nudge();
        });
        fetcher.nudge();

        Eventually.await("paused", () -> consumer.paused().contains(T0));
        assertThat(consumer.longPollsThatTimedOut()).isZero();
    }

    @Test
    void lag_countsWhatIsNotDone() throws Exception {
        consumer.updateEndOffsets(java.util.Map.of(T0, 10L));
        start(conf());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run run = takeOne();
        fetcher.nudge();
        Eventually.await("lag", () -> fetcher.lag() == 10);

        Bench.finish(run);
        fetcher.nudge();
        Eventually.await("lag", () -> fetcher.lag() == 9);
        assertThat(fetcher.partitions()).isEqualTo(1);
    }

    // ---- rebalance

    @Test
    void slowHandler_delaysARevokeNoLongerThanHalfOfMaxPollInterval() throws Exception { // R17
        start(conf().toBuilder().property("max.poll.interval.ms", "100").build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run stuck = takeOne();

        assign(T1);
        consumer.addRecord(record(T1, 0, "a", "v"));
        assertThat(takeOne().record(0).partition()).isEqualTo(1);
        Bench.finish(stuck);
        assertThat(consumer.committedOffset(T0)).isZero();
    }

    // ---- stop

    @Test
    void stop_finishesWhatRuns_andOnlyThat_commits_andLeaves() throws Exception { // R45
        start(conf());
        assign(T0);
        consumer.insidePoll(() -> {
            consumer.addRecord(record(T0, 0, "a", "v"));
            consumer.addRecord(record(T0, 1, "a", "v"));
        });
        Run running = takeOne();

        fetcher.stop(System.nanoTime() + LONG.toNanos());
        consumer.awaitPolls(3); // R11: it polls on while it drains
        consumer.addRecord(record(T0, 2, "b", "v"));
        assertThat(consumer.closed()).isFalse();
        Bench.finish(running);
        finished.await();

        assertThat(consumer.closed()).isTrue();
        assertThat(fetcher.committedAtEnd()).containsExactly(java.util.Map.entry(T0, 1L));
        assertThat(fetcher.stillRunning()).isZero();
        assertThat(counters.givenBack.sum()).isEqualTo(1);
        assertThat(consumer.committedOffset(T0)).isEqualTo(1);
    }

    @Test
    void stop_leavesAtItsDeadline_whatStillRunsIsFenced() throws Exception {
        start(conf());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run stuck = takeOne();

        fetcher.stop(System.nanoTime() + 1_000_000);
        finished.await();
        assertThat(fetcher.stillRunning()).isEqualTo(1);
        assertThat(consumer.committedOffset(T0)).isZero();
        Bench.finish(stuck);
        assertThat(partitions.held()).isZero();
    }

    @Test
    void stop_keepsItsDeadline_alsoWhenARevokeComesMeanwhile() throws Exception {
        start(conf().toBuilder()
                .drainTimeout(LONG)
                .property("max.poll.interval.ms", "7200000")
                .build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run stuck = takeOne();

        fetcher.stop(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
        consumer.awaitPolls(3); // it drains
        consumer.insidePoll(() -> consumer.rebalance(List.of()));
        boolean ended = finished.await(30, TimeUnit.SECONDS);
        Bench.finish(stuck);
        assertThat(ended).as("ended at its deadline").isTrue();
    }

    @Test
    void stop_beforeTheThreadRuns_makesNoConsumer() {
        AtomicInteger made = new AtomicInteger();
        make(conf(), n -> {
            made.incrementAndGet();
            return consumer;
        });
        fetcher.stop(System.nanoTime());
        fetcher.run();

        assertThat(made).hasValue(0);
        assertThat(finished.getCount()).isZero();
        assertThat(fatal).hasNullValue();
    }

    @Test
    void stop_wakesAPollThatWaits() throws Exception {
        start(conf());
        consumer.awaitWaitingPoll();

        fetcher.stop(System.nanoTime() + LONG.toNanos());
        finished.await();
        assertThat(consumer.longPollsThatTimedOut()).isZero();
    }

    // ---- broken engines

    @Test
    void control_nudgeBetweenPollsIsLost() throws Exception {
        Broken.assertCaught(
                Mutant.of("Signals.java", "c.poll(nudged ? Duration.ZERO : timeout)", "c.poll(timeout)"),
                FetcherTest.class,
                "nudgeBetweenTheLookAroundAndThePoll_isNotLost");
    }

    @Test
    void control_nudgeDoesNotWakeAPoll() throws Exception {
        Broken.assertCaught(
                Mutant.of("Signals.java", "if (polling && c != null) {", "if (false) {"),
                FetcherTest.class,
                "fullQueue_waitsInPoll_andIsWokenByADoneRecord");
    }

    @Test
    void control_fetcherWaitsForItsHandlers() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Membership.java",
                        "assignment.reconcilePauses(shared.paused().getAsBoolean());",
                        "while (assignment.running() > 0 && !signals.stopping()) { signals.pause(1_000_000); }"
                                + " assignment.reconcilePauses(shared.paused().getAsBoolean());"),
                FetcherTest.class,
                "I5_fetcherKeepsPolling_whenAHandlerNeverReturns");
    }

    @Test
    void control_drainDoesNotPoll() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Membership.java",
                        "assignment.reconcilePauses(true);\n            poll();",
                        "signals.pause(1_000_000);"),
                FetcherTest.class,
                "stop_finishesWhatRuns_andOnlyThat_commits_andLeaves");
    }

    /** Takes a record of a queue that is full with it, so that the next one is not fetched. */
    private Run takeOneAndLetAnotherWait() {
        start(conf().toBuilder().queueCapacity(1).build());
        assign(T0);
        consumer.addRecord(record(T0, 0, "a", "v"));
        Run stuck = takeOne();
        Eventually.await("paused", () -> consumer.paused().contains(T0));
        consumer.addRecord(record(T0, 1, "b", "v"));
        return stuck;
    }

    private static KqConf conf() {
        return KqConf.builder()
                .brokers("localhost:1")
                .group("g")
                .topic("t")
                .offset(StartOffset.FIRST)
                .commitInterval(Duration.ofHours(1))
                .build();
    }

    private void make(KqConf conf, IntFunction<Consumer<byte[], byte[]>> consumers) {
        partitions = new Partitions(
                conf.ordering(), new FlowControl(conf.queueCapacity(), conf.queueBytes()), line::add, null, null);
        fetcher = new Fetcher(
                0,
                new Fetcher.Shared(
                        conf,
                        consumers,
                        partitions,
                        counters,
                        health,
                        this::isPaused,
                        failure -> fatal.compareAndSet(null, failure),
                        finished::countDown,
                        (credit, lasting) ->
                                new ShortWay(new WorkQueue(), new Pace(), null, failure -> {}, credit, lasting),
                        "fetcher-",
                        Surroundings.REAL));
    }

    private boolean isPaused() {
        boolean value = paused.get();
        Runnable then = whenAskedIfPaused.getAndSet(null);
        if (then != null) {
            then.run();
        }
        return value;
    }

    private void start(KqConf conf) {
        start(conf, n -> consumer);
    }

    private void start(KqConf conf, IntFunction<Consumer<byte[], byte[]>> consumers) {
        make(conf, consumers);
        thread = new Thread(fetcher, "fetcher under test");
        thread.setDaemon(true);
        thread.start();
    }

    private void assign(TopicPartition... now) {
        consumer.insidePoll(() -> consumer.rebalance(List.of(now)));
        fetcher.nudge();
        Eventually.await("assigned", () -> consumer.assignment().equals(java.util.Set.of(now)));
    }

    private Run takeOne() {
        Run[] run = new Run[1];
        Eventually.await("a record", () -> (run[0] = Bench.take(line, 1)) != null);
        assertThat(run[0].claim()).isZero();
        return run[0];
    }

    private static void spin() {
        for (int i = ThreadLocalRandom.current().nextInt(2000); i > 0; i--) {
            Thread.onSpinWait();
        }
    }
}
