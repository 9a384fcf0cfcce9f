package dev.kq;

import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What a long run does that has its partition to itself; four records are a long run here. */
class PartitionSweepTest {
    private static final int LONG = 4;

    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final AtomicInteger nudges = new AtomicInteger();
    private final PartitionQueue queue =
            new PartitionQueue(Records.TP, Ordering.KEY, new FlowControl(8, 1 << 20), line::add, null, LONG);
    private int epoch = queue.open(nudges::incrementAndGet);
    private long position;

    @Test
    void sweep_takesRecordsInTheOrderOfTheLog_overSeveralPolls() {
        sweeping();
        add("a", "b", "a");
        add("c", "b", "d");
        Run run = take(5);

        assertThat(offsets(run)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(queue.runningOf(epoch)).isEqualTo(5);
        Bench.finish(run);
        assertThat(queue.watermark(epoch)).isEqualTo(6);
        assertThat(offsets(take(5))).containsExactly(6L);
    }

    @Test
    void sweep_hasThePartitionToItself_andOffersItWhenItEnds() {
        Run run = sweep("a", "b", "c", "d", "e");
        add("f");

        assertThat(line).isEmpty();
        Run other = new Run();
        assertThat(queue.take(other, 1)).isFalse();
        assertThat(queue.take(other, LONG)).isFalse();
        Bench.finish(run);
        assertThat(line).containsExactly(queue);
        assertThat(offsets(take(1))).containsExactly(5L);
    }

    @Test
    void longRunFromLanes_hasThePartitionToItselfToo() {
        add("a", "b", "c");
        Run run = take(LONG);
        add("d");

        assertThat(take(1)).isNull();
        Bench.finish(run);
        assertThat(offsets(take(1))).containsExactly(3L);
    }

    @Test
    void runOfOneRecord_keepsThePartitionFromNobody() {
        sweeping();
        add("a");
        Run run = take(LONG);
        assertThat(offsets(run)).containsExactly(1L);
        add("b", "a");

        assertThat(offsets(take(1))).containsExactly(2L);
        assertThat(take(1)).as("behind the first of its key").isNull();
        Bench.finish(run);
        assertThat(offsets(take(1))).containsExactly(3L);
    }

    @Test
    void sweep_thatIsRescued_keepsTheRecordBeingHandledAndItsKey() {
        Run slow = sweep("a", "b", "c", "b", "d");
        slow.claim();
        slow.claim(); // "a" is done, "b" is slow
        queue.rescue(slow, slow.progress());

        assertThat(queue.watermark(epoch)).isEqualTo(1);
        assertThat(slow.claim()).isEqualTo(Run.EXHAUSTED);
        Run other = take(3);
        assertThat(offsets(other)).containsExactly(2L, 4L);
        Bench.finish(other);
        assertThat(take(3)).isNull();
        Bench.finish(slow);
        Bench.finish(take(3));
        assertThat(queue.watermark(epoch)).isEqualTo(5);
        assertThat(queue.held()).isZero();
    }

    @Test
    void sweep_thatIsRescuedBeforeItsFirstRecord_keepsNothing() {
        Run run = sweep("a", "b", "a");
        queue.rescue(run, run.progress());

        assertThat(run.claim()).isEqualTo(Run.EXHAUSTED);
        assertThat(offsets(take(3))).containsExactly(0L, 2L, 1L);
        queue.finish(run);
        assertThat(queue.watermark(epoch)).isZero();
    }

    @Test
    void sweep_inWhichARecordFails_leavesThoseBehindToOthers_butNotOfItsKey() {
        Run run = sweep("a", "b", "c", "b");
        run.claim();
        run.claim();
        ConsumerRecord<byte[], byte[]> failed = run.record(1);
        int slot = queue.park(run, 1);

        Run other = take(3);
        assertThat(offsets(other)).containsExactly(2L);
        Bench.finish(other);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        queue.unpark(slot, failed);
        Run again = take(3);
        assertThat(offsets(again)).containsExactly(1L, 3L);
        assertThat(again.attempt(0)).isEqualTo(2);
        Bench.finish(again);
        assertThat(queue.watermark(epoch)).isEqualTo(4);
    }

    @Test
    void nothingIsSwept_whileARecordRunsOrIsParked() {
        add("a", "b");
        Run first = take(1);
        first.claim();
        ConsumerRecord<byte[], byte[]> failed = first.record(0);
        Bench.finish(take(LONG));
        add("a", "c", "d");

        assertThat(offsets(take(LONG))).as("not the one behind the running one").containsExactly(3L, 4L);
        int slot = queue.park(first, 0);
        add("a", "e");
        assertThat(take(LONG)).as("the partition is with the one that took two").isNull();
        assertThat(queue.parked(slot, failed)).isTrue();
    }

    @Test
    void whatIsInLanes_goesBeforeWhatIsNot() {
        add("a", "b", "c", "d", "e");
        Run run = take(LONG);
        add("e", "f");
        Bench.finish(run);

        Run first = take(LONG);
        assertThat(offsets(first)).containsExactly(4L);
        assertThat(offsets(take(LONG))).as("not the one behind it").containsExactly(6L);
        Bench.finish(first);
        assertThat(offsets(take(LONG))).containsExactly(5L);
    }

    @Test
    void afterARunThatLasted_thePartitionIsShared_forAWhile() {
        Run slow = sweep("a", "b", "c", "d", "e");
        slow.claim();
        queue.rescue(slow, slow.progress());
        Bench.finish(slow);

        for (int i = 0; i < 64; i++) {
            assertThat(shared()).as("run %d", i).isTrue();
        }
        assertThat(shared()).isFalse();
    }

    @Test
    void twoRunsThatLasted_oneAfterTheOther_areEnough_oneIsNot() {
        sweeping();
        for (boolean lasts : new boolean[] {true, false, true}) {
            Run run = sweep("a", "b", "c", "d");
            run.tookNanos = lasts ? 1_000_001 : 1_000_000;
            Bench.finish(run);
        }
        assertThat(shared()).isFalse();
        for (int i = 0; i < 2; i++) {
            Run run = sweep("a", "b", "c", "d");
            run.tookNanos = 1_000_001;
            Bench.finish(run);
        }
        assertThat(shared()).isTrue();
    }

    /** Whether another worker gets records while one that wanted a long run has some; all are handled then. */
    private boolean shared() {
        handleAll();
        add("a", "b", "c", "d", "e", "f");
        Run run = take(LONG);
        Run other = take(1);
        Bench.finish(run);
        if (other != null) {
            Bench.finish(other);
        }
        handleAll();
        return other != null;
    }

    private void handleAll() {
        for (Run run = take(LONG - 1); run != null; run = take(LONG - 1)) {
            Bench.finish(run);
        }
    }

    @Test
    void close_takesBackWhatASweepHasNotBegun_andTheKeyStaysShutForTheNextEpoch() {
        Run run = sweep("a", "b", "c");
        add("d");
        run.claim();
        run.claim();

        assertThat(queue.close(epoch)).isEqualTo(2);
        assertThat(run.claim()).isEqualTo(Run.EXHAUSTED);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        queue.end(epoch);
        epoch = queue.open(nudges::incrementAndGet);
        position = 1;
        add("b", "c");
        assertThat(offsets(take(LONG))).as("b still runs").containsExactly(2L);
        queue.finish(run);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
    }

    @Test
    void close_withoutARun_dropsWhatWaitsForASweep() {
        sweeping();
        add("a", "b", "c");

        assertThat(queue.close(epoch)).isEqualTo(3);
        assertThat(queue.held()).isZero();
    }

    @Test
    void whatIsSwept_countsTowardTheBound_untilItIsDone() {
        sweeping();
        add("a", "b", "c", "d", "e", "f", "g", "h");
        assertThat(queue.throttle(epoch)).isTrue();
        Run run = take(LONG);
        assertThat(queue.throttle(epoch)).isTrue();
        assertThat(queue.look(epoch).held()).isEqualTo(8);
        assertThat(queue.look(epoch).ready()).isEqualTo(4);
        assertThat(queue.look(epoch).running()).isEqualTo(4);

        Bench.finish(run);
        assertThat(nudges).hasValue(1);
        assertThat(queue.throttle(epoch)).isFalse();
    }

    /** A poll of which one record went to the lanes and others were swept is forgotten with its last record. */
    @Test
    void polls_areLetGo_howeverTheirRecordsWereHandled() {
        Lanes lanes = new Lanes(Ordering.KEY);
        Backlog backlog = new Backlog(lanes);
        for (int round = 0; round < 3; round++) {
            List<ConsumerRecord<byte[], byte[]>> records =
                    IntStream.range(0, 4).mapToObj(i -> record(i, "k" + i)).toList();
            Polled polled = new Polled(records, 0, 0);
            backlog.add(polled);
            Run run = new Run();
            run.begin(0, 0);
            backlog.sweep(run, 3);
            backlog.giveBack(polled, 2);
            backlog.done(polled, 0, 1);
            int slot = backlog.keepRunning(polled, 1);
            if (round == 0) {
                backlog.sort();
            }
            lanes.release(slot);
            while (lanes.hasReady()) {
                lanes.release(lanes.takeReady());
            }
            backlog.drop();
            assertThat(lanes.polls()).as("round %d", round).isZero();
            assertThat(lanes.size() + backlog.size()).isZero();
            assertThat(lanes.bytes() + backlog.bytes()).isZero();
        }
    }

    @Test
    void control_aSecondWorkerTakesBesideASweep() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "if (state != State.OPEN || sole.exists()) {",
                        "if (state != State.OPEN) {"),
                PartitionSweepTest.class,
                "sweep_hasThePartitionToItself_andOffersItWhenItEnds");
    }

    @Test
    void control_rescuedSweepLeavesItsKeyOpen() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Backlog.java",
                        "return lanes.takeReady();",
                        "int s = lanes.takeReady(); lanes.release(s); return s;"),
                PartitionSweepTest.class,
                "sweep_thatIsRescued_keepsTheRecordBeingHandledAndItsKey");
    }

    @Test
    void control_sweepsAheadOfItsLanes() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "if (backlog.waiting() > 0 && lanes.size() == 0) {",
                        "if (backlog.waiting() > 0) {"),
                PartitionSweepTest.class,
                "whatIsInLanes_goesBeforeWhatIsNot");
    }

    @Test
    void control_pollsAreKept() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Lanes.java",
                        "if (polled.place != NONE) {\n            newestPoll",
                        "if (used < 0) {\n            newestPoll"),
                PartitionSweepTest.class,
                "polls_areLetGo_howeverTheirRecordsWereHandled");
    }

    private Run sweep(String... keys) {
        Run before = new Run();
        assertThat(queue.take(before, LONG)).isFalse(); // a worker that asks for a long run and finds nothing
        add(keys);
        Run run = take(100);
        assertThat(run.size()).isEqualTo(keys.length);
        return run;
    }

    /** One long run was handled, so what comes now is kept for the next. */
    private void sweeping() {
        add("first");
        Run run = new Run();
        assertThat(queue.take(run, LONG)).isTrue();
        Bench.finish(run);
        assertThat(queue.take(run, LONG)).isFalse();
        line.clear();
    }

    private void add(String... keys) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String key : keys) {
            records.add(record(position++, key));
        }
        queue.add(epoch, records, position, 0);
    }

    private Run take(int max) {
        return Bench.take(line, max);
    }

    private static List<Long> offsets(Run run) {
        return IntStream.range(0, run.size())
                .mapToObj(i -> run.record(i).offset())
                .toList();
    }
}
