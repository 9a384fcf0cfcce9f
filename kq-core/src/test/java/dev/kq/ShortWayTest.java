package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShortWayTest {
    /** How often a worker has come to look for work. */
    private final AtomicInteger looks = new AtomicInteger();

    private final WorkQueue work = new WorkQueue(Bench.restingLonger(looks::incrementAndGet));
    private final Pace pace = new Pace();
    private final QueueCounters counters = new QueueCounters();
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("short-way-timer-"), fatal::set);
    private final StuckRuns stuckRuns = new StuckRuns(timer);
    private final PartitionQueue first = new PartitionQueue(T0, Ordering.KEY, new FlowControl(1000, 1 << 30), work);
    private final PartitionQueue second = new PartitionQueue(T1, Ordering.KEY, new FlowControl(1000, 1 << 30), work);
    private final int firstEpoch = first.open(() -> {});
    private final int secondEpoch = second.open(() -> {});
    private final List<Thread> threadsOfWorkers = new CopyOnWriteArrayList<>();
    private final Map<Thread, AtomicInteger> handled = new ConcurrentHashMap<>();
    private final AtomicInteger kept = new AtomicInteger();
    private volatile RecordHandler handler = (record, attempt) -> {};
    private Function<Run, RunHandler> hands;
    private Workers workers;
    private ShortWay way;
    private Run runOnTheWay;
    private long position;

    @AfterEach
    void stop() throws InterruptedException {
        timer.stop();
        if (way != null) {
            way.close();
        }
        if (workers != null) {
            workers.stop(TimeUnit.SECONDS.toNanos(5));
        }
    }

    // ---- when it opens

    @Test
    void recordsThatTakeNoTime_areHandledByTheThreadThatHasThem() {
        start(2);
        pace.seen(RunLength.MAX);

        assertThat(way.opens(500)).isTrue();
        add(first, firstEpoch, 500);
        way.go();

        assertThat(handledHere())
                .as("a slow machine leaves some to the workers")
                .isPositive();
        Eventually.await("all", () -> first.watermark(firstEpoch) == 500);
        assertThat(first.held()).isZero();
        assertThat(counters.handled.sum()).isEqualTo(500);
        awaitIdle(2);
    }

    @Test
    void fewRecords_thatTakeLessThanAWorkerNeedsToWakeUp_areToo() {
        start(1);
        assertThat(way.opens(1)).as("before anything is known").isFalse();
        pace.seen(10);
        assertThat(way.opens(11)).isFalse();

        assertThat(way.opens(10)).isTrue();
        add(first, firstEpoch, 10);
        way.go();
        assertThat(handledHere()).isPositive();
        Eventually.await("all", () -> first.watermark(firstEpoch) == position);

        pace.seen(1);
        assertThat(way.opens(1)).as("a slow handler").isFalse();
    }

    @Test
    void nothingPolled_opensNothing() {
        start(1);
        pace.seen(RunLength.MAX);
        assertThat(way.opens(0)).isFalse();
        assertThat(work.idleWorkers()).isEqualTo(1);
    }

    @Test
    void workersThatAreBusy_pausedOrLimited_keepItClosed() {
        pace.seen(RunLength.MAX);
        start(0);
        assertThat(way.opens(1)).as("no worker").isFalse();

        start(1);
        work.pause();
        assertThat(way.opens(1)).as("paused").isFalse();
        work.resume();
        awaitIdle(1);

        work.limitRate(new TokenBucket(1, 0));
        awaitIdle(1);
        assertThat(way.opens(1)).as("a rate limit").isFalse();
        work.limitRate(null);
        awaitIdle(1);

        assertThat(way.opens(1)).isTrue();
        way.go();
        assertThat(work.idleWorkers()).isEqualTo(1);
    }

    @Test
    void handlerForTheWorkersThreadsOnly_keepsItClosed() {
        start(1);
        pace.seen(RunLength.MAX);
        try (ShortWay none = new ShortWay(work, pace, null, fatal::set, Long.MAX_VALUE, () -> {})) {
            assertThat(none.opens(1)).isFalse();
        }
    }

    // ---- what holds on it

    /** Whoever sets {@code Processors: 1} wants no two handlers at a time. */
    @Test
    void notMoreHandlersRunThanThereAreWorkers() throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        handler = (record, attempt) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            if (record.partition() == T0.partition()) {
                inHandler.countDown();
                release.await();
            }
            running.decrementAndGet();
        };
        start(1);
        Thread going = goWith(first, firstEpoch, 1);
        inHandler.await();
        add(second, secondEpoch, 1, null);
        int before = looks.get();
        LockSupport.unpark(threadsOfWorkers.get(0)); // as if it woke up by itself, which Java allows
        Eventually.await("a look", () -> looks.get() > before);
        Eventually.await("rest", () -> threadsOfWorkers.get(0).getState() == Thread.State.WAITING);
        assertThat(second.watermark(secondEpoch)).isNotEqualTo(position);

        release.countDown();
        going.join();
        Eventually.await("the other partition", () -> second.watermark(secondEpoch) == position);
        assertThat(most).hasValue(1);
    }

    @Test
    void control_workersDoNotGiveTheirPlace() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "} else if (seat.borrower != null) {", "} else if (seat == null) {"),
                ShortWayTest.class,
                "notMoreHandlersRunThanThereAreWorkers");
    }

    @Test
    void worker_goesOnAfterwards_withWhatWasOfferedMeanwhile() throws Exception {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        handler = (record, attempt) -> meanwhile.getAndSet(() -> {}).run();
        start(1);
        for (int i = 1; i <= 200; i++) {
            int before = i;
            meanwhile.set(() -> add(second, secondEpoch, 1, null));
            pace.seen(RunLength.MAX);
            if (way.opens(1)) {
                add(first, firstEpoch, 1);
                way.go();
            } else {
                meanwhile.getAndSet(() -> {}).run();
            }
            Eventually.await("round " + before, () -> second.watermark(secondEpoch) == position && second.held() == 0);
            awaitIdle(1);
        }
    }

    @Test
    void control_seatIsNotGivenBack() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "WorkQueue.java",
                        "idle.addLast(seat);\n                woken = wakeOne();",
                        "woken = wakeOne();"),
                ShortWayTest.class,
                "worker_goesOnAfterwards_withWhatWasOfferedMeanwhile");
    }

    /** What is counted only grows, for it is a counter. */
    @Test
    void workerWhosePlaceIsTaken_doesNotStarveMeanwhile() {
        long begun = System.nanoTime();
        handler = (record, attempt) -> {
            spend(190);
            LockSupport.unpark(threadsOfWorkers.get(0)); // as it may happen to any thread that is parked
            spend(10);
        };
        start(1);
        pace.seen(RunLength.MAX);
        assertThat(way.opens(1)).isTrue();
        add(first, firstEpoch, 1);
        way.go();
        handler = (record, attempt) -> {};
        assertThat(work.starvedNanos()).isNotNegative();
        add(second, secondEpoch, 1, null);
        Eventually.await("the worker's turn", () -> second.watermark(secondEpoch) == position);

        assertThat(work.starvedNanos())
                .isBetween(
                        0L, System.nanoTime() - begun - Duration.ofMillis(190).toNanos());
    }

    @Test
    void failedRecord_isTriedAgain_andKeepsItsOrder() {
        List<String> seen = new CopyOnWriteArrayList<>();
        handler = (record, attempt) -> {
            seen.add(record.offset() + "/" + attempt);
            if (record.offset() == 0 && attempt == 1) {
                throw new Exception("once");
            }
        };
        start(1);
        pace.seen(RunLength.MAX);
        assertThat(way.opens(3)).isTrue();
        first.add(firstEpoch, List.of(record(0, "a"), record(1, "a"), record(2, "b")), 3, System.nanoTime(), way);
        way.go();

        Eventually.await("all", () -> first.watermark(firstEpoch) == 3);
        assertThat(seen)
                .containsSubsequence("0/1", "0/2", "1/1")
                .contains("2/1")
                .hasSize(4);
    }

    @Test
    void error_endsTheQueue_andTheOtherPartitionsAreNotHeldUp() {
        Error error = new NoClassDefFoundError("test");
        handler = (record, attempt) -> {
            if (record.partition() == T0.partition()) {
                throw error;
            }
        };
        start(1);
        pace.seen(RunLength.MAX);
        assertThat(way.opens(2)).isTrue();
        add(first, firstEpoch, 1);
        add(second, secondEpoch, 1);
        way.go();

        assertThat(fatal).hasValue(error);
        Eventually.await("the other one", () -> second.watermark(secondEpoch) == position);
        awaitIdle(1);
        assertThat(first.held()).isEqualTo(1);
    }

    // ---- how long it is gone

    @Test
    void afterAWhile_theRestIsForTheWorkers() {
        handler = (record, attempt) -> {
            if (record.partition() == T0.partition()) {
                spend(5);
            }
        };
        start(2);
        pace.seen(RunLength.MAX);
        assertThat(way.opens(2)).isTrue();
        add(first, firstEpoch, 1);
        add(second, secondEpoch, 1);
        long begun = System.nanoTime();
        way.go();
        assertThat(System.nanoTime() - begun).isGreaterThan(Duration.ofMillis(4).toNanos());

        Eventually.await("the other one", () -> second.watermark(secondEpoch) == position);
        assertThat(handledHere()).isEqualTo(1);
    }

    @Test
    void control_theRestIsForgotten() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "ShortWay.java",
                        "private void leaveTheRest() {",
                        "private void leaveTheRest() { if (true) { return; }"),
                ShortWayTest.class,
                "afterAWhile_theRestIsForTheWorkers");
    }

    @Test
    void handlersThatKeepTheThread_closeIt_untilTenTimesAsLongHasPassed() {
        start(1);
        pace.seen(RunLength.MAX);
        way.close();
        long begun = System.nanoTime();
        long credit = Duration.ofMillis(1).toNanos();
        way = way(credit);
        AtomicLong took = new AtomicLong();
        handler = (record, attempt) -> took.set(spend(30));
        assertThat(way.opens(1)).isTrue();
        add(first, firstEpoch, 1);
        way.go();

        pace.seen(RunLength.MAX);
        assertThat(way.opens(1)).isFalse();
        Eventually.await("open again", () -> {
            pace.seen(RunLength.MAX);
            return way.opens(1);
        });
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(10 * (took.get() - credit));
        way.go();
    }

    @Test
    void control_handlersMayKeepTheThreadForEver() throws Exception {
        Broken.assertCaught(
                Mutant.of("ShortWay.java", "credit -= took > LASTING_NANOS ? took : 0;", ""),
                ShortWayTest.class,
                "handlersThatKeepTheThread_closeIt_untilTenTimesAsLongHasPassed");
    }

    @Test
    void threadThatIsKept_isReported_andItsPartitionsAreForTheWorkers() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        handler = (record, attempt) -> {
            if (record.partition() == T0.partition() && record.offset() == 0) {
                release.await();
            }
        };
        start(2);
        pace.seen(RunLength.MAX);
        CountDownLatch added = new CountDownLatch(1);
        Thread going = new Thread(() -> {
            if (way.opens(3)) {
                first.add(firstEpoch, List.of(record(0, "a"), record(1, "b")), 2, System.nanoTime(), way);
                second.add(secondEpoch, List.of(at(T1, 0)), 1, System.nanoTime(), way);
                added.countDown();
                way.go();
            }
        });
        going.start();
        added.await();
        Eventually.await("the other partition", () -> second.watermark(secondEpoch) == 1);
        Eventually.await("the other key", () -> first.held() == 1);
        Eventually.await("reported", () -> kept.get() > 0);

        way.leave();
        assertThat(first.watermark(firstEpoch)).isZero();
        release.countDown();
        going.join();
        assertThat(first.watermark(firstEpoch)).isEqualTo(2);
        awaitIdle(2);
    }

    @Test
    void threadWhosePlaceIsTaken_leavesWhatItHasToTheWorkers() throws Exception {
        timer.stop(); // so that no watch does
        CountDownLatch release = new CountDownLatch(1);
        handler = (record, attempt) -> {
            if (record.partition() == T0.partition()) {
                release.await();
            }
        };
        start(2);
        pace.seen(RunLength.MAX);
        CountDownLatch added = new CountDownLatch(1);
        Thread going = new Thread(() -> {
            if (way.opens(2)) {
                add(first, firstEpoch, 1);
                add(second, secondEpoch, 1);
                added.countDown();
                way.go();
            }
        });
        going.start();
        added.await();
        way.leave();

        Eventually.await("the other partition", () -> second.watermark(secondEpoch) == position);
        release.countDown();
        going.join();
    }

    @Test
    void control_whatAThreadHasWhosePlaceIsTakenIsForgotten() throws Exception {
        Broken.assertCaught(
                Mutant.of("ShortWay.java", "leaveTheRest(); // nobody watches it any more", ""),
                ShortWayTest.class,
                "threadWhosePlaceIsTaken_leavesWhatItHasToTheWorkers");
    }

    /** Its report would be taken for one of the thread that has its place. */
    @Test
    void threadWhosePlaceIsTaken_isReportedNoMore() throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        handler = (record, attempt) -> {
            inHandler.countDown();
            release.await();
        };
        start(1);
        Thread going = goWith(first, firstEpoch, 1);
        inHandler.await();
        assertThat(runOnTheWay.mayHoldOthersUp()).isTrue();

        way.leave();
        assertThat(runOnTheWay.mayHoldOthersUp()).isFalse();
        release.countDown();
        going.join();
        awaitIdle(1);
    }

    @Test
    void control_threadWhosePlaceIsTakenIsReportedAgain() throws Exception {
        Broken.assertCaught(
                Mutant.of("ShortWay.java", "run.mayLast();", ""),
                ShortWayTest.class,
                "threadWhosePlaceIsTaken_isReportedNoMore");
    }

    @Test
    void control_partitionsOfAThreadThatIsKeptAreForgotten() throws Exception {
        Broken.assertCaught(
                Mutant.of("ShortWay.java", "leaveTheRest(); // it waits for one record already", ""),
                ShortWayTest.class,
                "threadThatIsKept_isReported_andItsPartitionsAreForTheWorkers");
    }

    // ---- the end of workers

    @Test
    void stop_interruptsAHandler_thatDoesNotReturn_alsoOnTheShortWay() throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        handler = (record, attempt) -> {
            inHandler.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        start(1);
        Thread going = goWith(first, firstEpoch, 1);
        inHandler.await();

        assertThat(workers.stop(TimeUnit.MILLISECONDS.toNanos(20))).isEqualTo(1);
        interrupted.await();
        going.join();
        threadsOfWorkers.get(0).join();
    }

    @Test
    void stop_givesAHandlerItsTime_alsoIfTheWorkerWhosePlaceItHasIsGone() throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        handler = (record, attempt) -> {
            inHandler.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        };
        start(1);
        Thread going = goWith(first, firstEpoch, 1);
        inHandler.await();
        workers.setCount(0);
        threadsOfWorkers.get(0).join();
        FutureTask<Integer> stop = new FutureTask<>(() -> workers.stop(TimeUnit.SECONDS.toNanos(30)));
        Thread stopping = new Thread(stop);
        stopping.start();
        Eventually.await("a stop that waits", () -> stopping.getState() == Thread.State.TIMED_WAITING);
        release.countDown();

        assertThat(stop.get()).isZero();
        going.join();
        assertThat(interrupted).isFalse();
    }

    @Test
    void control_handlerInThePlaceOfAWorkerThatIsGoneIsHurried() throws Exception {
        Broken.assertCaught(
                Mutant.of("Workers.java", "if (inItsPlace != null) { // which", "if (false) { // which"),
                ShortWayTest.class,
                "stop_givesAHandlerItsTime_alsoIfTheWorkerWhosePlaceItHasIsGone");
    }

    @Test
    void handlerOnTheShortWay_isOneOfTheQueuesThreads_alsoWhenItsWorkerIsDismissed() throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<Boolean> here = new CopyOnWriteArrayList<>();
        handler = (record, attempt) -> {
            here.add(workers.runsHere());
            inHandler.countDown();
            release.await();
            here.add(workers.runsHere());
        };
        start(1);
        Thread going = goWith(first, firstEpoch, 1);
        inHandler.await();
        workers.setCount(0);
        threadsOfWorkers.get(0).join();
        workers.setCount(0);
        release.countDown();
        going.join();

        assertThat(here).containsExactly(true, true);
        assertThat(first.watermark(firstEpoch)).isEqualTo(position);
        assertThat(work.idleWorkers()).isZero();
    }

    private void start(int count) {
        if (workers == null) {
            Worker.Shared shared = new Worker.Shared(
                    work,
                    new FailurePolicy(
                            KqConf.builder()
                                    .brokers("a:1")
                                    .group("g")
                                    .topic("t")
                                    .retry(new RetryConf(3, Duration.ofMillis(1), Duration.ofMillis(1), 1, 0))
                                    .build(),
                            null,
                            Set.of(),
                            (message, exception, attempt) -> {},
                            counters),
                    timer,
                    null,
                    counters,
                    pace,
                    fatal::set);
            RecordHandler counting = (record, attempt) -> {
                handler.handle(record, attempt);
                handled.computeIfAbsent(Thread.currentThread(), thread -> new AtomicInteger())
                        .incrementAndGet();
            };
            hands = run -> {
                runOnTheWay = run;
                return new RunHandler(shared, counting, stuckRuns, new RunLength(), run);
            };
            workers = new Workers(
                    task -> {
                        Thread thread = WorkerThreads.platform("of-short-way-").newThread(task);
                        threadsOfWorkers.add(thread);
                        return thread;
                    },
                    work,
                    seat -> new Worker(shared, counting, stuckRuns, seat));
            way = way(Long.MAX_VALUE);
        }
        workers.setCount(count);
        awaitIdle(count);
    }

    private ShortWay way(long credit) {
        return new ShortWay(work, pace, hands, fatal::set, credit, kept::incrementAndGet);
    }

    private void awaitIdle(int count) {
        Eventually.await(count + " idle", () -> work.idleWorkers() == count);
    }

    /** Goes the way with new records, on a thread of its own. */
    private Thread goWith(PartitionQueue partition, int epoch, int records) {
        pace.seen(RunLength.MAX);
        Thread thread = new Thread(() -> {
            if (way.opens(records)) {
                add(partition, epoch, records);
                way.go();
            }
        });
        thread.start();
        return thread;
    }

    private void add(PartitionQueue partition, int epoch, int count) {
        add(partition, epoch, count, way);
    }

    private void add(PartitionQueue partition, int epoch, int count, PartitionQueue.Offers to) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(at(partition.topicPartition(), position++));
        }
        partition.add(epoch, records, position, System.nanoTime(), to);
    }

    private static ConsumerRecord<byte[], byte[]> at(TopicPartition tp, long offset) {
        return record(tp, offset, "k" + offset, "v");
    }

    /** Lets so much time pass; returns how much it was. */
    private static long spend(long millis) {
        long begun = System.nanoTime();
        long end = begun + Duration.ofMillis(millis).toNanos();
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        return System.nanoTime() - begun;
    }

    private int handledHere() {
        AtomicInteger count = handled.get(Thread.currentThread());
        return count == null ? 0 : count.get();
    }
}
