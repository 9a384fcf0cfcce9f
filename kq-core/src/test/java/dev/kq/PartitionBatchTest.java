package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Batches: when they are full, and what becomes of the records of one in which some failed. */
class PartitionBatchTest {
    private static final Outcome FAILED = new Outcome.Retry(1);
    private static final long NEVER = TimeUnit.HOURS.toNanos(1);

    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("test-timer-"), failure -> {});
    private PartitionQueue queue;
    private int epoch;

    @AfterEach
    void stop() {
        timer.stop();
    }

    @Test
    void batch_isHandedOutWhenItIsFull() {
        open(3, NEVER);
        add(0, "a", "b");
        assertThat(take(3)).isNull();
        add(2, "c");
        assertThat(take(3).size()).isEqualTo(3);
    }

    @Test
    void batch_thatIsNotFull_isHandedOutAfterTheWait() {
        open(3, TimeUnit.MILLISECONDS.toNanos(5));
        add(0, "a");
        Eventually.await("offered", () -> !line.isEmpty());
        assertThat(take(3).size()).isEqualTo(1);
    }

    /** A rate limit hands out less than what is due; the rest has waited as well. */
    @Test
    void batch_thatWasCutOff_needNotWaitAgain() {
        open(10, TimeUnit.MILLISECONDS.toNanos(5));
        add(0, "a", "b", "c", "d", "e");
        Eventually.await("offered", () -> !line.isEmpty());
        assertThat(take(2).size()).isEqualTo(2);
        assertThat(take(2).size()).as("at once").isEqualTo(2);
        assertThat(take(2).size()).isEqualTo(1);
        add(5, "f");
        assertThat(take(2)).as("what came later waits").isNull();
    }

    @Test
    void settle_countsWhatIsBeforeAFailureOfItsKey_parksTheFailure_andChainsTheRestBehindIt() {
        open(5, NEVER);
        add(0, "a", "a", "a", "b", "b");
        Run batch = take(5);
        assertThat(offsets(batch)).containsExactly(0L, 1L, 2L, 3L, 4L);

        List<PartitionQueue.Parked> parked = queue.settle(batch, outcomes(null, FAILED, null, null, null));
        assertThat(parked).singleElement().satisfies(one -> {
            assertThat(one.index()).isEqualTo(1);
            assertThat(one.record().offset()).isEqualTo(1);
            assertThat(one.attempt()).isEqualTo(1);
        });
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        assertThat(queue.held()).isEqualTo(2);

        add(5, "c", "d", "e");
        queue.unpark(parked.get(0).slot(), parked.get(0).record());
        Run again = take(5);
        assertThat(offsets(again)).containsSubsequence(1L, 2L).contains(5L, 6L, 7L);
        assertThat(again.attempt(offsets(again).indexOf(1L))).isEqualTo(2);
        assertThat(again.attempt(offsets(again).indexOf(2L))).isEqualTo(1);
        queue.settle(again, outcomes(null, null, null, null, null));
        assertThat(queue.watermark(epoch)).isEqualTo(8);
        assertThat(queue.held()).isZero();
    }

    @Test
    void settle_ofABatchWhoseAssignmentIsOver_changesNoOffset_andFreesItsLanes() {
        open(2, NEVER);
        add(0, "a", "b");
        Run old = take(2);
        queue.close(epoch);
        queue.end(epoch);
        epoch = queue.open(() -> {});
        add(0, "a", "b");
        assertThat(take(2)).as("a flight of the same keys still runs").isNull();

        assertThat(queue.settle(old, outcomes(null, FAILED))).isEmpty();
        assertThat(queue.watermark(epoch)).isZero();
        assertThat(take(2).size()).isEqualTo(2);
    }

    @Test
    void settle_whileThePartitionCloses_countsWhatIsDone_andTheFetcherNeedNotWait() throws Exception {
        open(3, NEVER);
        add(0, "a", "b", "c");
        Run batch = take(3);
        queue.close(epoch);
        assertThat(queue.settle(batch, outcomes(null, FAILED, null))).isEmpty();
        assertThat(queue.awaitQuiet(epoch, 0)).isTrue();
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        assertThat(queue.held()).isZero();
    }

    @Test
    void finishedParkedRecord_counts_andLetsItsLaneGoOn() {
        open(2, NEVER);
        add(0, "a", "a");
        PartitionQueue.Parked letter =
                queue.settle(take(2), outcomes(FAILED, null)).get(0);
        assertThat(queue.watermark(epoch)).isZero();
        queue.finishParked(letter.slot(), letter.record()); // its dead letter is acknowledged
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        queue.finishParked(letter.slot(), letter.record());
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        add(2, "b");
        assertThat(offsets(take(2))).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void finishedParkedRecord_thatWasDropped_changesNothing() {
        open(1, NEVER);
        add(0, "a");
        PartitionQueue.Parked letter = queue.settle(take(1), outcomes(FAILED)).get(0);
        queue.close(epoch);
        queue.end(epoch);
        epoch = queue.open(() -> {});
        add(0, "a");
        queue.finishParked(letter.slot(), letter.record());
        assertThat(queue.watermark(epoch)).isZero();
        assertThat(queue.held()).isEqualTo(1);
    }

    @Test
    void control_whatIsBehindAFailureCountsAsDone() throws Exception {
        Broken.assertCaught(
                Mutant.of("PartitionQueue.java", "continue; // chained behind the parked one", "laneFailed = false;"),
                PartitionBatchTest.class,
                "settle_countsWhatIsBeforeAFailureOfItsKey_parksTheFailure_andChainsTheRestBehindIt");
    }

    @Test
    void control_droppedParkedRecordIsFinished() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "if (!lanes.parked(slot, record)) {\n                return;",
                        "if (false) {\n                return;"),
                PartitionBatchTest.class,
                "finishedParkedRecord_thatWasDropped_changesNothing");
    }

    private void open(int batchSize, long waitNanos) {
        queue = new PartitionQueue(
                Records.TP,
                Ordering.KEY,
                new FlowControl(1000, 1 << 20),
                line::add,
                new BatchGate(batchSize, waitNanos, timer),
                1);
        epoch = queue.open(() -> {});
    }

    private void add(long firstOffset, String... keys) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String key : keys) {
            records.add(Records.record(firstOffset + records.size(), key));
        }
        queue.add(epoch, records, firstOffset + keys.length, 0);
    }

    private Run take(int max) {
        return Bench.take(line, max);
    }

    private static @Nullable Outcome[] outcomes(@Nullable Outcome... outcomes) {
        return outcomes == null ? new Outcome[1] : outcomes;
    }

    private static List<Long> offsets(Run run) {
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < run.size(); i++) {
            offsets.add(run.record(i).offset());
        }
        return offsets;
    }
}
