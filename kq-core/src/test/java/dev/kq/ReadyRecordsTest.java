package dev.kq;

import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When workers have enough to do, partitions of which something is ready are not fetched, and the others are. */
class ReadyRecordsTest {
    private static final int ENOUGH = 4;

    private final FlowControl flow = new FlowControl(1000, 1 << 20, ENOUGH);
    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final Partition one = new Partition(null);
    private final Partition two = new Partition(null);

    @Test
    void enough_stopsThosePartitionsOfWhichSomeIsReady() {
        one.add("a", "b", "c");
        assertThat(one.throttled()).isFalse();

        one.add("d");

        assertThat(one.throttled()).isTrue();
        assertThat(two.throttled()).isFalse();
        two.add("a");
        assertThat(two.throttled()).isTrue();
    }

    @Test
    void halfOfIt_startsThemAgain_withANudge() {
        one.add("a", "b", "c", "d");
        assertThat(one.throttled()).isTrue();

        one.handleOne();
        assertThat(one.throttled()).isTrue();
        assertThat(one.nudges).hasValue(0);
        one.handleOne();

        assertThat(one.nudges).hasValue(1);
        assertThat(one.throttled()).isFalse();
    }

    @Test
    void partitionWithNothingReady_isFetched_howeverMuchOthersHave() {
        two.add("a", "b", "c", "d", "e", "f", "g");
        one.add("a", "b");
        assertThat(one.throttled()).isTrue();

        one.handleOne();
        assertThat(one.throttled()).isTrue();
        one.handleOne();

        assertThat(one.nudges).hasValue(1);
        assertThat(one.throttled()).isFalse();
        assertThat(two.throttled()).isTrue();
    }

    @Test
    void partitionOfWhichTheLastReadyRecordWasTaken_isFetched_howeverLongThatRuns() {
        two.add("a", "b", "c", "d", "e", "f", "g");
        one.add("a", "a");
        assertThat(one.throttled()).isTrue();

        one.take();

        assertThat(one.nudges).hasValue(1);
        assertThat(one.throttled()).isFalse();
    }

    @Test
    void recordsBehindASlowOneOfTheirKey_areNotReady() {
        one.add("a", "a", "a", "a", "a", "a", "b");
        assertThat(one.throttled()).isTrue();

        one.take();

        assertThat(flow.ready()).isEqualTo(1);
        assertThat(one.nudges).hasValue(0);
        one.handleOne();
        assertThat(one.nudges).hasValue(1);
        assertThat(one.throttled()).isFalse();
    }

    /** It was never full, so it need not be half empty either; the record that is stuck may never be done. */
    @Test
    void partitionThatWasStoppedWithoutBeingFull_isFetchedAgain_howeverMuchItHolds() {
        FlowControl ten = new FlowControl(10, 1 << 20, ENOUGH);
        Partition stuck = new Partition(null, ten);
        stuck.add("a", "a", "a", "a", "a", "a", "b");
        assertThat(stuck.throttled()).isTrue();
        stuck.take();

        stuck.handleOne();

        assertThat(stuck.queue.held()).isEqualTo(6);
        assertThat(stuck.nudges).hasValue(1);
        assertThat(stuck.throttled()).isFalse();
    }

    @Test
    void fullPartition_isNotFetchedAgain_becauseWorkersWantMore() {
        Partition full = new Partition(null, new FlowControl(6, 1 << 20, ENOUGH));
        full.add("a", "b", "c", "d", "e", "f");
        assertThat(full.throttled()).isTrue();

        for (int i = 0; i < 6; i++) {
            full.take();
        }

        assertThat(full.nudges).hasValue(0);
        assertThat(full.throttled()).isTrue();
    }

    @Test
    void whatIsDropped_isReadyNoLonger() {
        one.add("a", "b", "c", "d");
        two.add("a");
        assertThat(two.throttled()).isTrue();

        one.queue.close(one.epoch);

        assertThat(flow.ready()).isEqualTo(1);
        one.queue.end(one.epoch);
        assertThat(flow.ready()).isEqualTo(1);
        assertThat(two.throttled()).isFalse();
    }

    @Test
    void batchesThatAreNotFull_doNotKeepEachOtherFromGettingFull() {
        QueueTimer timer = new QueueTimer(WorkerThreads.platform("test-timer-"), failure -> {});
        Partition batches = new Partition(new BatchGate(6, TimeUnit.HOURS.toNanos(1), timer));
        two.add("a", "b", "c", "d", "e", "f", "g");

        batches.add("a", "b", "c", "d", "e");

        assertThat(batches.throttled()).isFalse();
        timer.stop();
    }

    @Test
    void control_waitsForTheOthers() throws Exception {
        Broken.assertCaught(
                Mutant.of("FlowControl.java", "return isLow(readyHere) || ready.get()", "return ready.get()"),
                ReadyRecordsTest.class,
                "partitionWithNothingReady_isFetched_howeverMuchOthersHave");
    }

    @Test
    void control_onlyTheEndOfARunWakesTheFetcher() throws Exception {
        Broken.assertCaught(
                Mutant.of("PartitionQueue.java", "aftermath(intake.isLow())", "aftermath(false)"),
                ReadyRecordsTest.class,
                "partitionOfWhichTheLastReadyRecordWasTaken_isFetched_howeverLongThatRuns");
    }

    @Test
    void control_mustAlsoBeHalfEmpty() throws Exception {
        Broken.assertCaught(
                Mutant.of("Intake.java", "full = full && !flow.drained", "full = !flow.drained"),
                ReadyRecordsTest.class,
                "partitionThatWasStoppedWithoutBeingFull_isFetchedAgain_howeverMuchItHolds");
    }

    @Test
    void control_dropsAreNotCounted() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "state = State.CLOSING;\n        countReady();",
                        "state = State.CLOSING;"),
                ReadyRecordsTest.class,
                "whatIsDropped_isReadyNoLonger");
    }

    @Test
    void control_batchesCountToo() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "batches == null && state == State.OPEN ? ready()",
                        "state == State.OPEN ? ready()"),
                ReadyRecordsTest.class,
                "batchesThatAreNotFull_doNotKeepEachOtherFromGettingFull");
    }

    private final class Partition {
        final AtomicInteger nudges = new AtomicInteger();
        final PartitionQueue queue;
        final int epoch;
        private long position;

        Partition(@Nullable BatchGate gate) {
            this(gate, flow);
        }

        Partition(@Nullable BatchGate gate, FlowControl flow) {
            queue = new PartitionQueue(Records.TP, Ordering.KEY, flow, line::add, gate, RunLength.LONG);
            epoch = queue.open(nudges::incrementAndGet);
        }

        void add(String... keys) {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (String key : keys) {
                records.add(record(position++, key));
            }
            queue.add(epoch, records, position, 0);
        }

        boolean throttled() {
            return queue.throttle(epoch);
        }

        Run take() {
            Run run = new Run();
            assertThat(queue.take(run, 1)).isTrue();
            run.claim();
            return run;
        }

        void handleOne() {
            Bench.finish(take());
        }
    }
}
