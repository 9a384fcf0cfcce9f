package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {
    private WorkQueue work = new WorkQueue();
    private final List<Thread> threads = new ArrayList<>();
    /** Nobody needs to be fed any more; of a broken engine too, whose threads nobody else ends. */
    private volatile boolean over;

    @AfterEach
    void endThreads() throws InterruptedException {
        work.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** A partition that is fed by one thread. */
    private final class Source {
        final TopicPartition tp;
        final PartitionQueue queue;
        final int epoch;
        long position;

        Source(int number) {
            this(number, RunLength.LONG);
        }

        Source(int number, int longRun) {
            tp = new TopicPartition("t", number);
            queue = new PartitionQueue(tp, Ordering.KEY, new FlowControl(1000, 1 << 30), work, null, longRun);
            epoch = queue.open(() -> {});
        }

        void add(int count) {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                records.add(Records.record(tp, position, position % 7 == 0 ? null : "k" + position % 5, "v"));
                position++;
            }
            queue.add(epoch, records, position, 0);
        }
    }

    @Test
    void everythingOffered_isTaken_andNoWakeUpIsLost() throws InterruptedException {
        int each = 20_000;
        List<Source> sources = List.of(new Source(0), new Source(1), new Source(2, 3)); // the third is swept
        AtomicLong taken = new AtomicLong();
        for (int i = 0; i < 6; i++) {
            takers(() -> {
                Run run = new Run();
                WorkQueue.Seat seat = new WorkQueue.Seat();
                while (work.take(run, 3, seat)) {
                    int size = run.size();
                    Bench.finish(run);
                    taken.addAndGet(size);
                }
            });
        }
        CountDownLatch fed = new CountDownLatch(sources.size());
        for (Source source : sources) {
            takers(() -> {
                Random random = new Random(source.tp.partition());
                while (source.position < each && !over) {
                    source.add((int) Math.min(each - source.position, 1 + random.nextInt(4)));
                    if (random.nextInt(8) == 0) { // let the workers fall asleep
                        long behind = source.position;
                        while (source.queue.watermark(source.epoch) < behind && !over) {
                            Thread.onSpinWait();
                        }
                    }
                }
                fed.countDown();
            });
        }
        try {
            Eventually.await("all taken", () -> taken.get() == 3L * each);
        } finally {
            over = true;
        }
        fed.await();
        for (Source source : sources) {
            assertThat(source.queue.watermark(source.epoch)).isEqualTo(each);
        }
    }

    @Test
    void partitions_takeTurns() {
        Source busy = new Source(0);
        Source quiet = new Source(1);
        busy.add(100);
        quiet.add(1);

        assertThat(takeOne().partition()).isZero();
        assertThat(takeOne().partition()).isEqualTo(1);
        assertThat(takeOne().partition()).isZero();
    }

    @Test
    void partitionsOfferedWhileAWorkerIsOnItsWay_getWorkersOfTheirOwn() throws InterruptedException {
        CountDownLatch offered = new CountDownLatch(1);
        work = new WorkQueue(Bench.restingLonger(() -> awaitOrEnd(offered)));
        List<Source> sources = List.of(new Source(0), new Source(1), new Source(2));
        CountDownLatch allHandle = new CountDownLatch(sources.size());
        for (int i = 0; i < sources.size(); i++) {
            takers(() -> {
                Run run = new Run();
                WorkQueue.Seat seat = new WorkQueue.Seat();
                if (work.take(run, 1000, seat)) {
                    allHandle.countDown();
                    awaitOrEnd(allHandle); // each handler goes on until all have begun
                }
            });
        }
        Eventually.await("idle", () -> work.idleWorkers() == sources.size());
        sources.forEach(source -> source.add(1));
        offered.countDown();
        awaitOrEnd(allHandle);
        assertThat(allHandle.getCount()).isZero();
    }

    private static void awaitOrEnd(CountDownLatch latch) {
        try {
            var unused = latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void pause_letsNothingBeTaken_andWhatComesMeanwhileIsNotForgotten() throws InterruptedException { // R60
        Source source = new Source(0);
        work.pause();
        source.add(3);
        AtomicInteger taken = new AtomicInteger();
        taker(taken, 1, new WorkQueue.Seat());
        Eventually.await("idle", () -> work.idleWorkers() == 1);
        source.add(1);
        assertThat(taken).hasValue(0);

        work.resume();
        Eventually.await("taken", () -> taken.get() == 4);
    }

    @Test
    void dismissedWorker_ends_andOthersGoOn() throws InterruptedException {
        AtomicInteger taken = new AtomicInteger();
        WorkQueue.Seat seat = new WorkQueue.Seat();
        Thread dismissed = taker(new AtomicInteger(), 1, seat);
        taker(taken, 1, new WorkQueue.Seat());
        Eventually.await("idle", () -> work.idleWorkers() == 2);

        work.dismiss(seat);
        dismissed.join();
        assertThat(work.idleWorkers()).isLessThanOrEqualTo(1);
        new Source(0).add(5);
        Eventually.await("taken", () -> taken.get() == 5);
    }

    @Test
    void wakeUpOfAWorkerThatIsDismissed_isPassedOn() throws InterruptedException {
        Source source = new Source(0);
        AtomicInteger taken = new AtomicInteger();
        taker(taken, 1, new WorkQueue.Seat());
        for (int i = 1; i <= 500; i++) {
            WorkQueue.Seat seat = new WorkQueue.Seat();
            Thread dismissed = taker(taken, 1, seat);
            Eventually.await("idle", () -> work.idleWorkers() == 2);
            source.add(1); // wakes the one that became idle last
            work.dismiss(seat);
            dismissed.join();
            int all = i;
            Eventually.await("taken", () -> taken.get() == all);
        }
    }

    @Test
    void close_endsAllWorkers_andNothingIsTakenAfterwards() throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            taker(new AtomicInteger(), 1, new WorkQueue.Seat());
        }
        Eventually.await("idle", () -> work.idleWorkers() == 20);
        work.close();
        for (Thread thread : threads) {
            thread.join();
        }
        new Source(0).add(1);
        assertThat(work.take(new Run(), 1, new WorkQueue.Seat())).isFalse();
        assertThat(work.idleWorkers()).isZero();
    }

    @Test
    void manyIdleWorkers_areWokenOnceEach_whenThePauseEnds() {
        AtomicInteger none = new AtomicInteger();
        for (int i = 0; i < 400; i++) {
            taker(none, 1, new WorkQueue.Seat());
        }
        for (int i = 0; i < 20; i++) {
            Eventually.await("idle", () -> work.idleWorkers() == 400);
            work.pause();
            work.resume();
        }
        Eventually.await("idle", () -> work.idleWorkers() == 400);
    }

    @Test
    void rateLimit_holdsBack_andLiftingItWakesTheWorkers() { // R60
        work.limitRate(new TokenBucket(0.001, System.nanoTime()));
        Source source = new Source(0);
        source.add(20);
        AtomicInteger taken = new AtomicInteger();
        taker(taken, 10, new WorkQueue.Seat());
        taker(taken, 10, new WorkQueue.Seat());
        Eventually.await("both wait", () -> work.idleWorkers() == 2);
        assertThat(taken).hasValue(1);

        work.limitRate(null);
        Eventually.await("taken", () -> taken.get() == 20);
    }

    @Test
    void permitsThatARunDidNotNeed_areGivenBack() {
        TokenBucket bucket = new TokenBucket(1e-6, 0); // one permit, and no more while this test runs
        bucket.giveBack(1);
        work.limitRate(bucket);
        Source source = new Source(0);
        source.add(1);
        Run run = new Run();
        assertThat(work.take(run, 2, new WorkQueue.Seat())).isTrue();

        source.add(1);
        assertThat(takeOne().partition()).isZero();
    }

    @Test
    void rateLimit_andAPartitionThatIsRevokedMeanwhile_doNotBlockEachOther() { // R60
        work.limitRate(new TokenBucket(0.001, System.nanoTime()));
        Source gone = new Source(0);
        Source stays = new Source(1);
        gone.add(5);
        gone.queue.close(gone.epoch);
        gone.queue.end(gone.epoch);
        stays.add(1);

        assertThat(takeOne().partition()).isEqualTo(1);
    }

    @Test
    void interruptedWorker_keepsWaitingForWork() throws InterruptedException {
        AtomicInteger taken = new AtomicInteger();
        Thread taker = taker(taken, 1, new WorkQueue.Seat());
        Eventually.await("idle", () -> work.idleWorkers() == 1);
        taker.interrupt();

        new Source(0).add(1);
        Eventually.await("taken", () -> taken.get() == 1);
    }

    // ---- broken engines

    @Test
    void control_offerWakesNobody() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "if (paused || waking || line.isEmpty()) {", "if (line.size() < 9) {"),
                WorkQueueTest.class,
                "everythingOffered_isTaken_andNoWakeUpIsLost");
    }

    @Test
    void control_workerThatArrivesIsStillExpected() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "waking = false;", ""),
                WorkQueueTest.class,
                "everythingOffered_isTaken_andNoWakeUpIsLost");
    }

    @Test
    void control_workerThatTookAPartitionWakesNobodyForTheNext() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "woken = wakeOne();\n                    } else if", "} else if"),
                WorkQueueTest.class,
                "partitionsOfferedWhileAWorkerIsOnItsWay_getWorkersOfTheirOwn");
    }

    @Test
    void control_partitionIsNotOfferedWhenAKeyIsFreeAgain() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "act(aftermath, run.next(offers));",
                        "act(new Aftermath(false, false, aftermath.wake), offers);"),
                WorkQueueTest.class,
                "everythingOffered_isTaken_andNoWakeUpIsLost");
    }

    @Test
    void control_partitionGoesToTheFrontOfTheLine() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "line.addLast(partition);", "line.addFirst(partition);"),
                WorkQueueTest.class,
                "partitions_takeTurns");
    }

    @Test
    void control_dismissedWorkerKeepsItsWakeUpForItself() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "woken = wakeOne(); // this one may", "woken = null; // this one may"),
                WorkQueueTest.class,
                "wakeUpOfAWorkerThatIsDismissed_isPassedOn");
    }

    @Test
    void control_permitsLeak() throws Exception {
        Broken.assertCaught(
                Mutant.of("WorkQueue.java", "bucket.giveBack(permits);", ""),
                WorkQueueTest.class,
                "rateLimit_andAPartitionThatIsRevokedMeanwhile_doNotBlockEachOther");
    }

    private Thread taker(AtomicInteger taken, int max, WorkQueue.Seat seat) {
        return takers(() -> {
            Run run = new Run();
            while (work.take(run, max, seat)) {
                int size = run.size();
                Bench.finish(run);
                taken.addAndGet(size);
            }
        });
    }

    private Thread takers(Runnable task) {
        Thread thread = new Thread(task, "taker");
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
        return thread;
    }

    private ConsumerRecord<byte[], byte[]> takeOne() {
        Run run = new Run();
        assertThat(work.take(run, 1, new WorkQueue.Seat())).isTrue();
        return run.record(0);
    }
}
