package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** I5, where the handler runs on the fetcher's own thread: it was fast, so that the fetcher goes the short way. */
@Timeout(60)
class TakeOverTest {
    private final String name = "take-over-" + UUID.randomUUID();
    private final ScriptedConsumer consumer = ScriptedConsumer.earliest(T0, T1);
    private final CountDownLatch onTheShortWay = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicReference<Thread> kept = new AtomicReference<>();
    private final AtomicBoolean otherHandled = new AtomicBoolean();
    private final AtomicLong position = new AtomicLong();
    private Runnable keep = () -> awaitUninterruptibly(release);
    private KqQueue queue;

    @AfterEach
    void stop() {
        release.countDown();
        if (queue != null) {
            queue.stop();
        }
    }

    @Test
    void handlerThatKeepsTheThread_doesNotKeepTheFetcher() throws Exception {
        start(Duration.ofSeconds(30));
        keepTheFetchersThread();

        for (int i = 0; i < 5; i++) {
            consumer.insidePoll(() -> {});
            consumer.awaitPolls(1);
        }
        consumer.insidePoll(() -> consumer.rebalance(List.of(T0, T1)));
        Eventually.await("assigned", () -> consumer.assignment().contains(T1));
        consumer.addRecord(record(T1, 0, "other", "v"));
        Eventually.await("the other partition", otherHandled::get);

        release.countDown();
        kept.get().join();
        Eventually.await("all", () -> queue.handled() == position.get() + 1);
        assertThat(queue.stop().committed()).isEqualTo(Map.of(T0, position.get(), T1, 1L));
        queue.join(); // it did not fail
    }

    @Test
    void control_fetcherIsKeptWithItsThread() throws Exception {
        Broken.assertCaught(
                Mutant.of("Fetcher.java", "boolean lent = turn % 2 != 0;", "boolean lent = false;"),
                TakeOverTest.class,
                "handlerThatKeepsTheThread_doesNotKeepTheFetcher");
    }

    @Test
    void control_threadThatWasKept_pollsOnBesideTheOther() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Fetcher.java",
                        "return turns.compareAndSet(turn, turn + 1);",
                        "return turns.compareAndSet(turn, turn + 1) || true;"),
                TakeOverTest.class,
                "handlerThatKeepsTheThread_doesNotKeepTheFetcher");
    }

    @Test
    void revoke_waitsForTheHandler_andCommitsWhatItHasDone() throws Exception {
        start(Duration.ofSeconds(30));
        keepTheFetchersThread();
        long before = position.get();
        CountDownLatch revoking = new CountDownLatch(1);
        consumer.insidePoll(() -> {
            revoking.countDown();
            consumer.rebalance(List.of(T1));
        });
        revoking.await();
        Eventually.await("a revoke that waits", () -> threadsOfTheFetcher().anyMatch(TakeOverTest::waitsUntilQuiet));
        release.countDown();

        Eventually.await("revoked", () -> consumer.assignment().equals(java.util.Set.of(T1)));
        assertThat(consumer.committedOffset(T0)).isBetween(before, position.get());
    }

    private static boolean waitsUntilQuiet(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("awaitQuiet"));
    }

    @Test
    void stop_isBounded_andInterruptsTheHandler() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        keep = () -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        start(Duration.ofMillis(50));
        keepTheFetchersThread();

        StopReport report = queue.stop();
        assertThat(report.stillRunning()).isEqualTo(1);
        assertThat(report.committed().get(T0)).isLessThan(position.get());
        interrupted.await();
        kept.get().join();
    }

    @Test
    void stop_fromTheHandler_returnsAtOnce() throws Exception {
        AtomicReference<StopReport> inside = new AtomicReference<>();
        keep = () -> inside.set(queue.stop());
        start(Duration.ofSeconds(30));
        keepTheFetchersThread();

        queue.join();
        assertThat(inside.get()).isNotNull();
        assertThat(queue.stop().committed()).isEqualTo(Map.of(T0, queue.handled()));
    }

    @Test
    void error_endsTheQueueLoudly_andItsRecordIsNotCommitted() throws Exception { // R54
        keep = () -> {
            throw new NoClassDefFoundError("test");
        };
        start(Duration.ofSeconds(30));
        keepTheFetchersThread();

        assertThatThrownBy(queue::join).hasRootCauseInstanceOf(NoClassDefFoundError.class);
        assertThat(queue.stop().committed().get(T0)).isLessThanOrEqualTo(queue.handled());
    }

    /** The application may wait for the stop when it hears of the failure, and the stop for the fetcher. */
    @Test
    void error_isToldByAnotherThread() throws Exception {
        keep = () -> {
            throw new NoClassDefFoundError("test");
        };
        start(Duration.ofSeconds(30));
        var unused = queue.ended().whenComplete((nothing, failure) -> awaitUninterruptibly(release));
        keepTheFetchersThread();

        consumer.awaitClosed();
        assertThat(queue.stop().committed().get(T0)).isLessThanOrEqualTo(queue.handled());
    }

    @Test
    void control_errorIsToldByTheFetchersThread() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "QueueLifecycle.java",
                        "Thread teller = new Thread(() -> ended.completeExceptionally(failure), ",
                        "ended.completeExceptionally(failure); Thread teller = new Thread(() -> {}, "),
                TakeOverTest.class,
                "error_isToldByAnotherThread");
    }

    /** Whatever goes wrong on the way of a thread that has lost the loop, it touches the consumer no more. */
    @Test
    void threadThatWasKept_andFailsThen_leavesTheLoopAlone() throws Exception {
        Broken.assertSurvives(
                Mutant.of(
                        "ShortWay.java",
                        "work.giveBack(borrowed);\n        }\n    }\n\n    private void handleForAWhile",
                        "work.giveBack(borrowed); if (left) { throw new OutOfMemoryError(\"test\"); }\n        }\n    }\n\n"
                                + "    private void handleForAWhile"),
                TakeOverTest.class,
                "handlerThatKeepsTheThread_doesNotKeepTheFetcher");
    }

    @Test
    void noThreadToBeHadTwice_isTriedAgain() throws Exception {
        String start = "newThread(\"-\" + (turn + 1) / 2, () -> takeOver(turn, way)).start();";
        Broken.assertSurvives(
                Mutant.of(
                        "Fetcher.java",
                        start,
                        "if (turnToTakeOver-- > -2) { throw new OutOfMemoryError(\"test\"); }\n" + start),
                TakeOverTest.class,
                "handlerThatKeepsTheThread_doesNotKeepTheFetcher");
    }

    @Test
    void takeOverThatFails_endsTheQueueLoudly() throws Exception {
        Broken.assertSurvives(
                Mutant.of(
                        "ShortWay.java",
                        "this.work = work;",
                        "this.work = work; if (credit < 0) { throw new OutOfMemoryError(\"test\"); }"),
                TakeOverTest.class,
                "whereTheTakeOverFails");
    }

    /** Only for an engine in which a take-over fails. */
    void whereTheTakeOverFails() throws Exception {
        start(Duration.ofMillis(50));
        keepTheFetchersThread();
        consumer.awaitClosed();

        assertThatThrownBy(queue::join).hasRootCauseInstanceOf(OutOfMemoryError.class);
        assertThat(queue.stop().committed().get(T0)).isLessThan(position.get());
    }

    /** One that hangs must not keep the JVM when all else is over. */
    @Test
    void threadsThatMayCallAHandler_areDaemons() throws Exception {
        start(Duration.ofSeconds(30));
        keepTheFetchersThread();
        Eventually.await("another thread", () -> threadsOfTheFetcher().count() == 2);

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("kq-" + name + "-"))
                .allMatch(thread -> thread.isDaemon() || thread.getName().contains("-timer-"));
        release.countDown();
        Eventually.await("one again", () -> threadsOfTheFetcher().count() == 1);
    }

    private Stream<Thread> threadsOfTheFetcher() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("kq-" + name + "-fetcher-0"));
    }

    private void start(Duration drainTimeout) {
        queue = KqQueue.builder(KqConf.builder()
                        .name(name)
                        .brokers("localhost:1")
                        .group("g")
                        .topic("t")
                        .offset(StartOffset.FIRST)
                        .consumers(1)
                        .processors(3)
                        .drainTimeout(drainTimeout)
                        .build())
                .consumers(n -> consumer)
                .messageHandler(message -> handle(message.partition()))
                .build();
        queue.start();
        consumer.insidePoll(() -> consumer.rebalance(List.of(T0)));
        Eventually.await("assigned", () -> consumer.assignment().contains(T0));
    }

    /** Takes no time, until it is called on a thread of a fetcher. */
    private void handle(int partition) {
        Thread here = Thread.currentThread();
        if (here.getName().contains("-fetcher-") && kept.compareAndSet(null, here)) {
            onTheShortWay.countDown();
            keep.run();
        }
        if (partition == T1.partition()) {
            otherHandled.set(true);
        }
    }

    /** Pushes until the fetcher has found out that the handler takes no time, and is kept by it. */
    private void keepTheFetchersThread() throws InterruptedException {
        Eventually.await("the short way", () -> {
            if (onTheShortWay.getCount() > 0 && queue.handled() == position.get()) {
                consumer.addRecord(record(T0, position.getAndIncrement(), "k" + position.get() % 7, "v"));
            }
            return onTheShortWay.getCount() == 0;
        });
        onTheShortWay.await();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean over = false;
        while (!over) {
            try {
                latch.await();
                over = true;
            } catch (InterruptedException e) {
                // waits on
            }
        }
    }
}
