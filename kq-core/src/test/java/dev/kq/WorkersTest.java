package dev.kq;

import static dev.kq.Records.TP;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
    private final WorkQueue work = new WorkQueue();
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();
    private final CountDownLatch failed = new CountDownLatch(1);
    private final QueueCounters counters = new QueueCounters();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("workers-timer-"), this::fail);
    private final PartitionQueue queue = new PartitionQueue(TP, Ordering.KEY, new FlowControl(1000, 1 << 30), work);
    private final int epoch = queue.open(() -> {});
    private final List<Thread> made = new CopyOnWriteArrayList<>();
    private ErrorHandler errorHandler = (message, exception, attempt) -> {};
    private Workers workers;
    private long position;

    @AfterEach
    void stop() throws InterruptedException {
        timer.stop();
        if (workers != null) {
            workers.stop(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void asManyHandlersRunAtOnce_asThereAreWorkers() throws Exception {
        CyclicBarrier together = new CyclicBarrier(5);
        start(4, (record, attempt) -> together.await());
        add("a", "b", "c", "d");

        together.await();
        assertThat(workers.count()).isEqualTo(4);
        awaitWatermark(4);
        assertThat(counters.handled.sum()).isEqualTo(4);
    }

    @Test
    void setCount_changesHowManyRunAtOnce_upAndDown() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore mayEnd = new Semaphore(0);
        AtomicInteger running = new AtomicInteger();
        start(1, (record, attempt) -> {
            running.incrementAndGet();
            begun.release();
            mayEnd.acquire();
            running.decrementAndGet();
        });
        add("a", "b", "c", "d", "e", "f", "g", "h");
        begun.acquire();
        workers.setCount(4);
        begun.acquire(3);
        assertThat(running).hasValue(4);

        workers.setCount(2);
        assertThat(workers.count()).isEqualTo(2);
        mayEnd.release(2); // at most two of those that end now were dismissed
        for (Thread thread : made.subList(2, 4)) {
            if (!thread.isAlive()) {
                assertThat(running.get()).isLessThanOrEqualTo(4);
            }
        }
        mayEnd.release(100);
        awaitWatermark(8);
        made.get(2).join();
        made.get(3).join();
        assertThat(made.get(0).isAlive()).isTrue();
        assertThat(made.get(1).isAlive()).isTrue();
    }

    @Test
    void dismissedWorker_finishesItsRecordFirst() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger interrupts = new AtomicInteger();
        start(1, (record, attempt) -> {
            begun.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                interrupts.incrementAndGet();
            }
        });
        add("a");
        begun.await();
        workers.setCount(0);
        mayEnd.countDown();

        made.get(0).join();
        assertThat(interrupts).hasValue(0);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
    }

    @Test
    void thousandWorkers_comeAndGo() throws Exception {
        start(1000, (record, attempt) -> {});
        add("a");
        awaitWatermark(1);
        Eventually.await("idle", () -> work.idleWorkers() == 1000);
        workers.setCount(1);
        for (Thread thread : made.subList(1, 1000)) {
            thread.join();
        }
        add("b");
        awaitWatermark(2);
    }

    @Test
    void failedRecord_isTriedAgain_beforeTheNextOfItsKey_andCountsItsAttempts() {
        List<String> calls = new CopyOnWriteArrayList<>();
        start(4, (record, attempt) -> {
            calls.add(record.offset() + "#" + attempt);
            if (record.offset() == 0 && attempt < 3) {
                throw new Exception("not yet");
            }
        });
        add("a", "a");

        awaitWatermark(2);
        assertThat(calls).containsExactly("0#1", "0#2", "0#3", "1#1");
        assertThat(counters.failed.sum()).isEqualTo(2);
        assertThat(counters.handled.sum()).isEqualTo(2);
    }

    @Test
    void waitInTheQueue_isCountedOncePerRecord_alsoOfRunsThatWereGivenBack() {
        start(1, (record, attempt) -> {
            if (record.offset() % 50 == 49 && attempt == 1) {
                throw new Exception("and what is left of the run goes back");
            }
        });
        String[] keys = new String[1000];
        Arrays.setAll(keys, i -> "k" + i);
        add(keys);

        awaitWatermark(1000);
        assertThat(counters.failed.sum()).isEqualTo(20);
        assertThat(counters.queueWait.snapshot().count()).isEqualTo(1000);
        assertThat(counters.handlerTime.snapshot().count()).isEqualTo(1020);
    }

    @Test
    void twoRecordsThatFailTogether_areBothTriedAgain() throws Exception { // R33
        CyclicBarrier together = new CyclicBarrier(2);
        Map<Long, Integer> attempts = new ConcurrentHashMap<>();
        start(2, (record, attempt) -> {
            attempts.put(record.offset(), attempt);
            if (attempt == 1) {
                together.await();
                throw new Exception("both");
            }
        });
        add("a", "b");

        awaitWatermark(2);
        assertThat(attempts).containsEntry(0L, 2).containsEntry(1L, 2);
    }

    @Test
    void interruptLeftByAHandler_doesNotReachTheNextRecord() {
        List<Boolean> interrupted = new CopyOnWriteArrayList<>();
        work.pause();
        start(1, (record, attempt) -> {
            interrupted.add(Thread.currentThread().isInterrupted());
            Thread.currentThread().interrupt();
        });
        add("a", "b", "c", "d");
        work.resume();

        awaitWatermark(4);
        assertThat(interrupted).containsExactly(false, false, false, false);
    }

    @Test
    void error_endsTheQueue_andLeavesItsRecordUnfinished_withNothingRunning() throws Exception { // R54
        start(1, (record, attempt) -> {
            throw new OutOfMemoryError("test");
        });
        endsLoudly(OutOfMemoryError.class);
    }

    @Test
    void errorAfterFastRecords_reachesTheQueue_andNoOtherFailureInItsPlace() throws Exception { // R54
        start(1, (record, attempt) -> {
            if (record.offset() == 999) {
                throw new OutOfMemoryError("test");
            }
        });
        String[] keys = new String[1000];
        Arrays.setAll(keys, i -> "k" + i);
        add(keys);
        failed.await();
        assertThat(fatal.get()).isInstanceOf(OutOfMemoryError.class);
        assertThat(queue.watermark(epoch)).isEqualTo(999);
    }

    @Test
    void errorOfTheErrorHandler_endsTheQueueToo() throws Exception { // R54
        errorHandler = (message, exception, attempt) -> {
            throw new NoClassDefFoundError("test");
        };
        start(1, (record, attempt) -> {
            throw new Exception("first");
        });
        endsLoudly(NoClassDefFoundError.class);
    }

    private static final class Checked extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void throwableThatIsNeitherExceptionNorError_endsTheQueueToo() throws Exception { // R54
        start(1, (record, attempt) -> WorkersTest.<RuntimeException>sneak(new Checked()));
        endsLoudly(Checked.class);
    }

    private void endsLoudly(Class<? extends Throwable> type) throws Exception {
        add("a");
        failed.await();
        assertThat(fatal.get()).isInstanceOf(type);
        assertThat(queue.runningOf(epoch)).as("what a drain would wait for").isZero();
        assertThat(queue.watermark(epoch)).isZero();
        add("a");
        assertThat(queue.take(new Run(), 1)).as("its lane stays shut").isFalse();
    }

    @Test
    void stop_endsIdleWorkers_andInterruptsThoseThatDoNotReturn() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        start(3, (record, attempt) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        add("a");
        begun.await();

        work.close(); // which ends those that are idle, at their own pace
        while (made.stream().filter(Thread::isAlive).count() > 1) {
            Thread.onSpinWait();
        }
        assertThat(workers.stop(1_000_000)).isEqualTo(1);
        interrupted.await();
        for (Thread thread : made) {
            thread.join();
        }
    }

    @Test
    void runsHere_isTrueOnAWorkerOnly() {
        List<Boolean> here = new CopyOnWriteArrayList<>();
        start(1, (record, attempt) -> here.add(workers.runsHere()));
        add("a");

        awaitWatermark(1);
        assertThat(here).containsExactly(true);
        assertThat(workers.runsHere()).isFalse();
    }

    // ---- broken engines

    @Test
    void control_waitIsCountedForAllThatWasTaken() throws Exception {
        Broken.assertCaught(
                Mutant.of("Stopwatch.java", "run.polledNanos(), fresh)", "run.polledNanos(), run.size())"),
                WorkersTest.class,
                "waitInTheQueue_isCountedOncePerRecord_alsoOfRunsThatWereGivenBack");
    }

    @Test
    void control_errorIsSwallowed() throws Exception {
        Broken.assertCaught(
                Mutant.of("Worker.java", "shared.fatal.accept(t);", ""),
                WorkersTest.class,
                "error_endsTheQueue_andLeavesItsRecordUnfinished_withNothingRunning");
    }

    @Test
    void control_recordOfAnErrorCountsAsDone() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "RunHandler.java",
                        "partition.park(run, index); // for good",
                        "partition.finish(run); // for good"),
                WorkersTest.class,
                "error_endsTheQueue_andLeavesItsRecordUnfinished_withNothingRunning");
    }

    private void start(int count, RecordHandler handler) {
        KqConf conf = KqConf.builder()
                .brokers("localhost:1")
                .group("g")
                .topic("t")
                .retry(new RetryConf(3, Duration.ofMillis(1), Duration.ofMillis(1), 1, 0))
                .build();
        Worker.Shared shared = new Worker.Shared(
                work,
                new FailurePolicy(conf, null, Set.of(), errorHandler, counters),
                timer,
                null,
                counters,
                new Pace(),
                this::fail);
        StuckRuns stuckRuns = new StuckRuns(timer);
        ThreadFactory threads = WorkerThreads.platform("worker-under-test-");
        workers = new Workers(
                task -> {
                    Thread thread = threads.newThread(task);
                    made.add(thread);
                    return thread;
                },
                work,
                seat -> new Worker(shared, handler, stuckRuns, seat));
        workers.setCount(count);
    }

    private void fail(Throwable failure) {
        fatal.compareAndSet(null, failure);
        failed.countDown();
    }

    private void add(String... keys) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String key : keys) {
            records.add(record(position++, key));
        }
        queue.add(epoch, records, position, 0);
    }

    private void awaitWatermark(long offset) {
        Eventually.await("watermark " + offset, () -> queue.watermark(epoch) == offset);
        assertThat(fatal).hasNullValue();
    }

    @SuppressWarnings("unchecked") // the point: a checked throwable that no signature tells of
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }
}
