package dev.kq;

import static dev.kq.Records.TP;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PartitionQueueTest {
    private static final long LONG = TimeUnit.HOURS.toNanos(1);
    private static final long MANY_BYTES = 1 << 30;

    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final AtomicInteger nudges = new AtomicInteger();
    private PartitionQueue queue = newQueue(Ordering.KEY, new FlowControl(1000, MANY_BYTES));
    private int epoch = queue.open(nudges::incrementAndGet);

    // ---- the invariants

    @ParameterizedTest
    @EnumSource(Ordering.class)
    void I1_theWatermark_isTheFirstUnfinishedRecord(Ordering ordering) { // R2, R24
        for (long seed = 0; seed < 60; seed++) {
            new RandomLife(ordering, seed, RunLength.LONG).live();
            new RandomLife(ordering, seed, 4).live(); // half of the runs have the partition to themselves
        }
    }

    @Test
    void I2_theWatermark_neverMovesBackWithinAnAssignment() { // R7
        add(0, "a", "b", "c", "d");
        Run first = begin();
        Run second = begin();
        long before = queue.watermark(epoch);
        Bench.finish(second);
        assertThat(queue.watermark(epoch)).isEqualTo(before);
        Bench.finish(first);
        assertThat(queue.watermark(epoch)).isEqualTo(2);

        Run third = begin();
        queue.park(third, 0);
        assertThat(queue.watermark(epoch)).isEqualTo(2);
        queue.close(epoch);
        assertThat(queue.watermark(epoch)).isEqualTo(2);
    }

    @Test
    void I3_aCompletionFromAnEarlierAssignment_changesNothing() { // R3
        add(0, "a", "b");
        Run old = begin();
        reassign();
        add(0, "x", "y");

        Bench.finish(old);
        assertThat(queue.watermark(epoch)).isZero();
        finishAllReady();
        assertThat(queue.watermark(epoch)).isEqualTo(2);
    }

    @Test
    void I3_whatIsAskedOfAnEarlierAssignment_changesNothing() {
        add(0, "a");
        int old = epoch;
        reassign();
        queue.add(old, List.of(record(5, "z")), 6, 0);
        queue.end(old);
        assertThat(queue.close(old)).isZero();

        assertThat(queue.watermark(old)).isNegative();
        assertThat(queue.position(old)).isNegative();
        assertThat(queue.held()).isZero();
        add(0, "b");
        assertThat(begin().record(0).offset()).isZero();
    }

    @Test
    void I4_oneFlightOfAKey_alsoAcrossRevokeAndReassign() { // R5
        add(0, "a");
        Run old = begin();
        reassign();
        add(0, "a", "a");
        assertThat(take(10)).isNull();

        reassign();
        add(0, "a");
        assertThat(take(10)).isNull();
        Bench.finish(old);
        assertThat(begin().record(0).offset()).isZero();
        assertThat(take(10)).isNull();
    }

    @Test
    void I4_aKeyInAnotherPartition_isAnotherLane() { // R47
        PartitionQueue other = newQueue(Ordering.KEY, new FlowControl(10, MANY_BYTES));
        int otherEpoch = other.open(() -> {});
        add(0, "a");
        begin();
        ConsumerRecord<byte[], byte[]> same = record(Bench.T1, 0, "a", "v");
        other.add(otherEpoch, List.of(same), 1, 0);

        assertThat(take(1)).isNotNull();
    }

    @Test
    void I6_recordsThatWaitForARetryOrStillRun_countTowardTheBound() { // R38, R62
        queue = newQueue(Ordering.KEY, new FlowControl(2, MANY_BYTES));
        epoch = queue.open(nudges::incrementAndGet);
        add(0, "a", "b");
        Run failing = begin();
        int slot = queue.park(failing, 0);
        assertThat(slot).isNotEqualTo(Lanes.NONE);
        Run running = begin();

        assertThat(queue.throttle(epoch)).isTrue();
        reassign();
        assertThat(queue.held()).isEqualTo(1);
        assertThat(queue.throttle(epoch)).isFalse();
        Bench.finish(running);
        assertThat(queue.held()).isZero();
    }

    @Test
    void I7_whatIsDroppedAtARevoke_isCounted_eachRecordOnce() { // R12
        add(0, "a", "a", "b", "c", "d");
        Run run = take(3);
        run.claim();
        Run failing = take(1);
        failing.claim();
        queue.park(failing, 0);

        assertThat(queue.close(epoch)).isEqualTo(4);
        assertThat(queue.close(epoch)).isZero();
        assertThat(queue.runningOf(epoch)).isEqualTo(1);
        Bench.finish(run);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
        assertThat(queue.held()).isZero();
    }

    // ---- runs

    @Test
    void run_takesTheChainOfAKeyInOrder_beforeTheNextKey() {
        add(0, "a", "b", "a", "c");

        Run run = take(10);
        assertThat(offsets(run)).containsExactly(0L, 2L, 1L, 3L);
        assertThat(take(10)).isNull();
        Bench.finish(run);
        assertThat(queue.watermark(epoch)).isEqualTo(4);
    }

    @Test
    void recordBehindTheEndOfARun_waitsForIt() {
        add(0, "a", "a", "a");
        Run run = take(2);
        assertThat(take(1)).isNull();

        Bench.finish(run);
        assertThat(begin().record(0).offset()).isEqualTo(2);
    }

    @Test
    void partition_standsInLineOnce() {
        add(0, "a");
        add(1, "b");
        add(2, "c");

        assertThat(line).hasSize(1);
        assertThat(queue.take(new Run(), 1)).isTrue();
        line.poll();
        assertThat(line).hasSize(1);
    }

    @Test
    void rescue_givesTheRecordsBehindASlowOneToOthers_inOrder_andCountsWhatWasFinished() { // R40
        add(0, "a", "b", "c", "c");
        Run slow = take(10);
        slow.claim();
        slow.claim(); // "a" is done, "b" is slow
        queue.rescue(slow, slow.progress());

        assertThat(queue.watermark(epoch)).isEqualTo(1);
        Run other = take(10);
        assertThat(offsets(other)).containsExactly(2L, 3L);
        Bench.finish(other);
        assertThat(slow.claim()).isEqualTo(Run.EXHAUSTED);
        Bench.finish(slow);
        assertThat(queue.watermark(epoch)).isEqualTo(4);
        assertThat(queue.held()).isZero();
    }

    @Test
    void rescue_keepsTheOrderOfTheSlowKeyItself() {
        add(0, "a", "a", "b");
        Run slow = take(10);
        slow.claim();
        queue.rescue(slow, slow.progress());

        Run other = take(10);
        assertThat(offsets(other)).containsExactly(2L);
        Bench.finish(slow);
        assertThat(begin().record(0).offset()).isEqualTo(1);
    }

    @Test
    void rescue_ofARunThatMovedOn_doesNothing() {
        add(0, "a", "b", "c");
        Run run = take(2);
        run.claim();
        long seen = run.progress();
        run.claim();
        queue.rescue(run, seen);
        assertThat(queue.watermark(epoch)).isZero();
        Bench.finish(run);

        queue.rescue(run, run.progress());
        assertThat(queue.watermark(epoch)).isEqualTo(2);
    }

    @Test
    void rescuedRun_stillSaysWhatIsBeingHandled() {
        add(0, "a", "b", "c");
        Run slow = take(10);
        slow.claim();
        assertThat(queue.beingHandled(slow)).isZero();
        queue.rescue(slow, slow.progress());
        Bench.finish(take(10));

        assertThat(queue.beingHandled(slow)).isZero();
        Bench.finish(slow);
        assertThat(queue.beingHandled(slow)).isNegative();
    }

    @Test
    void rescuedRun_canStillFail() {
        add(0, "a", "b");
        Run slow = take(10);
        slow.claim();
        queue.rescue(slow, slow.progress());
        Run other = begin();

        int slot = queue.park(slow, 0);
        Bench.finish(other);
        assertThat(queue.watermark(epoch)).isZero();
        queue.unpark(slot, record(0, "a"));
        assertThat(take(1)).as("another record object is another record").isNull();
    }

    // ---- retries

    @Test
    void park_givesThoseBehindBack_andCountsThoseBefore() { // R33, R37
        add(0, "a", "b", "c");
        Run run = take(10);
        run.claim();
        run.claim();
        ConsumerRecord<byte[], byte[]> failed = run.record(1);
        int slot = queue.park(run, 1);

        assertThat(queue.watermark(epoch)).isEqualTo(1);
        Run behind = begin();
        assertThat(behind.record(0).offset()).isEqualTo(2);
        Bench.finish(behind);
        assertThat(take(1)).isNull();
        assertThat(queue.watermark(epoch)).isEqualTo(1);

        queue.unpark(slot, failed);
        Run again = begin();
        assertThat(again.record(0)).isSameAs(failed);
        assertThat(again.attempt(0)).isEqualTo(2);
        Bench.finish(again);
        assertThat(queue.watermark(epoch)).isEqualTo(3);
    }

    @Test
    void attempts_areCountedForEachRecordByItself_andBeginAnewWithAnAssignment() { // R35
        add(0, "a", "b");
        Run a = begin();
        ConsumerRecord<byte[], byte[]> failed = a.record(0);
        queue.unpark(queue.park(a, 0), failed);
        Bench.finish(begin()); // b succeeds in between
        Run again = begin();
        assertThat(again.attempt(0)).isEqualTo(2);
        queue.park(again, 0);

        reassign();
        add(0, "a");
        assertThat(begin().attempt(0)).isEqualTo(1);
    }

    @Test
    void park_whenItsEpochIsOver_waitsForNobody_andFreesTheLane() {
        add(0, "a");
        Run old = begin();
        reassign();
        add(0, "a");

        assertThat(queue.park(old, 0)).isEqualTo(Lanes.NONE);
        assertThat(begin().record(0).offset()).isZero();
        assertThat(queue.held()).isEqualTo(1);
        assertThat(queue.watermark(epoch)).isZero();
    }

    @Test
    void park_whileThePartitionCloses_leavesTheRecordUnfinished_andTheFetcherNeedNotWait() throws Exception {
        add(0, "a");
        Run failing = begin();
        queue.close(epoch);

        assertThat(queue.park(failing, 0)).isEqualTo(Lanes.NONE);
        assertThat(queue.awaitQuiet(epoch, 0)).isTrue();
        assertThat(queue.watermark(epoch)).isZero();
        assertThat(queue.held()).isZero();
        assertThat(nudges).hasValue(1);
    }

    @Test
    void unpark_ofARecordThatWasDropped_doesNothing_alsoWhenItsSlotIsUsedAgain() { // R15
        add(0, "a");
        Run failing = begin();
        ConsumerRecord<byte[], byte[]> dropped = failing.record(0);
        int slot = queue.park(failing, 0);
        reassign();
        add(0, "a");
        Run again = begin();
        ConsumerRecord<byte[], byte[]> polledAgain = again.record(0);
        int slotAgain = queue.park(again, 0);
        assertThat(slotAgain).isEqualTo(slot);

        queue.unpark(slot, dropped);
        assertThat(take(1)).isNull();
        queue.unpark(slot, polledAgain);
        assertThat(take(1)).isNotNull();
    }

    // ---- the life of an assignment

    @Test
    void awaitQuiet_waitsForWhatRuns_andTellsWhenItTookTooLong() throws Exception {
        add(0, "a", "b");
        Run running = begin();
        queue.close(epoch);
        assertThat(queue.awaitQuiet(epoch, 1)).isFalse();

        boolean[] quiet = new boolean[1];
        Thread fetcher = Bench.inBackground(() -> {
            try {
                quiet[0] = queue.awaitQuiet(epoch, LONG);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Bench.finish(running);
        fetcher.join();
        assertThat(quiet[0]).isTrue();
        assertThat(queue.watermark(epoch)).isEqualTo(1);
    }

    @Test
    void awaitQuiet_endsWhenTheRecordThatRunsIsParked() throws Exception {
        add(0, "a");
        Run failing = begin();
        queue.close(epoch);
        Thread fetcher = Bench.inBackground(() -> {
            try {
                queue.awaitQuiet(epoch, LONG);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        queue.park(failing, 0);
        fetcher.join();
    }

    @Test
    void close_takesBackWhatAWorkerHasNotBegun() {
        add(0, "a", "b", "c");
        Run run = take(10);
        run.claim();

        assertThat(queue.close(epoch)).isEqualTo(2);
        assertThat(run.claim()).isEqualTo(Run.EXHAUSTED);
        Bench.finish(run);
        assertThat(queue.watermark(epoch)).isEqualTo(1);
    }

    @Test
    void close_takesBackAWholeRunThatWasNotBegun() throws Exception {
        add(0, "a", "b");
        Run run = take(10);

        assertThat(queue.close(epoch)).isEqualTo(2);
        assertThat(queue.awaitQuiet(epoch, 0)).isTrue();
        assertThat(run.claim()).isEqualTo(Run.EXHAUSTED);
        Bench.finish(run);
        assertThat(queue.watermark(epoch)).isZero();
    }

    @Test
    void abandoned_onlyWhenClosedAndNothingRuns() {
        add(0, "a");
        Run running = begin();
        assertThat(queue.abandoned()).isFalse();
        queue.end(epoch);
        assertThat(queue.abandoned()).isFalse();
        Bench.finish(running);
        assertThat(queue.abandoned()).isTrue();
    }

    @Test
    void open_whileOpen_endsTheEpochBefore() {
        add(0, "a");
        int before = epoch;
        epoch = queue.open(nudges::incrementAndGet);

        assertThat(epoch).isNotEqualTo(before);
        assertThat(queue.watermark(before)).isNegative();
        assertThat(take(1)).isNull();
        assertThat(queue.held()).isZero();
    }

    // ---- pressure

    @Test
    void throttle_beginsAtTheLimit_andEndsAtHalfOfIt_andNudgesOnce() {
        queue = newQueue(Ordering.KEY, new FlowControl(4, MANY_BYTES));
        epoch = queue.open(nudges::incrementAndGet);
        add(0, "a", "b", "c");
        assertThat(queue.throttle(epoch)).isFalse();
        add(3, "d");
        assertThat(queue.throttle(epoch)).isTrue();

        Bench.finish(begin());
        assertThat(queue.throttle(epoch)).isTrue();
        assertThat(nudges).hasValue(0);
        Bench.finish(begin());
        assertThat(nudges).hasValue(1);
        assertThat(queue.throttle(epoch)).isFalse();
        Bench.finish(begin());
        assertThat(nudges).hasValue(1);
    }

    @Test
    void throttle_countsBytes_andTheyComeBackToZero() {
        queue = newQueue(Ordering.KEY, new FlowControl(1000, 10_000));
        epoch = queue.open(nudges::incrementAndGet);
        for (int round = 0; round < 100; round++) {
            ConsumerRecord<byte[], byte[]> large = record(TP, round, "a", "x".repeat(10_000));
            queue.add(epoch, List.of(large), round + 1, 0);
            assertThat(queue.throttle(epoch)).isTrue();
            Bench.finish(begin());
            assertThat(queue.throttle(epoch)).as("round %d", round).isFalse();
        }
    }

    @Test
    void newEpoch_isNotThrottledByTheOneBefore() { // R12
        queue = newQueue(Ordering.KEY, new FlowControl(1, MANY_BYTES));
        epoch = queue.open(nudges::incrementAndGet);
        add(0, "a");
        assertThat(queue.throttle(epoch)).isTrue();

        reassign();
        assertThat(queue.throttle(epoch)).isFalse();
    }

    // ---- broken engines

    @Test
    void control_noFence() throws Exception {
        Broken.assertCaught(
                Mutant.of("PartitionQueue.java", "boolean current = run.epoch == epoch", "boolean current = true"),
                PartitionQueueTest.class,
                "I3_aCompletionFromAnEarlierAssignment_changesNothing");
    }

    @Test
    void control_laneIsFreeWhenItsEpochEnds() throws Exception {
        Broken.assertCaught(
                Mutant.of("Lanes.java", "if (!holds(slot) || state(slot) == RUNNING) {", "if (!holds(slot)) {"),
                PartitionQueueTest.class,
                "I4_oneFlightOfAKey_alsoAcrossRevokeAndReassign");
    }

    @Test
    void control_rescueTakesBackTheRecordBeingHandled() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Run.java",
                        "return Math.min(claimed, size);",
                        "return Math.max(0, Math.min(claimed, size) - 1);"),
                PartitionQueueTest.class,
                "rescue_givesTheRecordsBehindASlowOneToOthers_inOrder_andCountsWhatWasFinished");
    }

    @Test
    void control_rescueIgnoresProgress() throws Exception {
        Broken.assertCaught(
                Mutant.of("PartitionQueue.java", "|| run.progress() != progress", ""),
                PartitionQueueTest.class,
                "rescue_ofARunThatMovedOn_doesNothing");
    }

    @Test
    void control_runningRecordsDoNotCountTowardTheBound() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java", "intake.isStopped(held(),", "intake.isStopped(held() - running.size(),"),
                PartitionQueueTest.class,
                "I6_recordsThatWaitForARetryOrStillRun_countTowardTheBound");
    }

    @Test
    void control_parkedRecordIsCountedAsDone() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "PartitionQueue.java",
                        "flush(run, index);",
                        "flush(run, index); tracker.finish(lanes.sequence(run.slot(index)));"),
                PartitionQueueTest.class,
                "park_givesThoseBehindBack_andCountsThoseBefore");
    }

    @Test
    void control_bytesLeak() throws Exception {
        Broken.assertCaught(
                Mutant.of("Lanes.java", "bytes -= FlowControl.bytesOf(record(slot));", ""),
                PartitionQueueTest.class,
                "throttle_countsBytes_andTheyComeBackToZero");
    }

    /** Random operations; the watermark is compared with a map of what is unfinished after each. */
    private static final class RandomLife {
        private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
        private final Random random;
        private final FlowControl flow;
        private final PartitionQueue queue;
        private final TreeMap<Long, String> unfinished = new TreeMap<>();
        private final List<Run> runs = new ArrayList<>();
        private final Map<Run, Integer> begun = new java.util.HashMap<>();
        private final Map<ConsumerRecord<byte[], byte[]>, Integer> parked = new java.util.HashMap<>();
        private final Set<Run> stale = new HashSet<>();
        private int epoch;
        private long position;
        private long lastWatermark;
        private final AtomicInteger nudged = new AtomicInteger();
        /** The fetcher was told not to fetch, and waits for a nudge. */
        private boolean stopped;

        RandomLife(Ordering ordering, long seed, int longRun) {
            random = new Random(seed);
            flow = new FlowControl(500, MANY_BYTES, 100);
            queue = new PartitionQueue(TP, ordering, flow, line::add, null, longRun);
            epoch = queue.open(nudged::incrementAndGet);
        }

        void live() {
            for (int step = 0; step < 600; step++) {
                switch (random.nextInt(9)) {
                    case 0, 1 -> poll();
                    case 2, 3 -> take();
                    case 4, 5 -> finishOne();
                    case 6 -> parkOrUnpark();
                    case 7 -> rescueOne();
                    default -> {
                        if (random.nextInt(20) == 0) {
                            reassign();
                        }
                    }
                }
                check();
            }
            queue.end(epoch);
            runs.forEach(Bench::finish);
            assertThat(queue.held()).isZero();
            assertThat(queue.abandoned()).isTrue();
            assertThat(flow.ready()).isZero();
        }

        private void poll() {
            stopped = queue.throttle(epoch);
            if (stopped) {
                nudged.set(0);
                return;
            }
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = random.nextInt(20); i > 0; i--) {
                position += random.nextInt(10) == 0 ? random.nextInt(9) : 0;
                records.add(record(position, random.nextInt(5) == 0 ? null : "k" + random.nextInt(10)));
                unfinished.put(position, "");
                position++;
            }
            position += random.nextInt(4) == 0 ? random.nextInt(9) : 0;
            queue.add(epoch, records, position, 0);
        }

        private void take() {
            Run run = Bench.take(line, 1 + random.nextInt(8));
            if (run != null) {
                run.claim();
                runs.add(run);
                begun.put(run, 0);
            }
        }

        /** The worker ends the record that it has begun, and begins the next or gives the run back. */
        private void finishOne() {
            if (runs.isEmpty()) {
                return;
            }
            Run run = runs.get(random.nextInt(runs.size()));
            int index = begun.get(run);
            if (!stale.contains(run)) {
                doneLater(run, index);
            }
            int next = run.claim();
            if (next == Run.EXHAUSTED) {
                endRun(run);
                queue.finish(run);
            } else {
                begun.put(run, next);
            }
        }

        /** Done for the worker; the partition learns of it at the latest when the run ends. */
        private void doneLater(Run run, int index) {
            unfinished.put(run.record(index).offset(), "done");
        }

        private void parkOrUnpark() {
            if (random.nextBoolean() && !runs.isEmpty()) {
                Run run = runs.get(random.nextInt(runs.size()));
                int index = begun.get(run);
                ConsumerRecord<byte[], byte[]> failed = run.record(index);
                endRun(run);
                int slot = queue.park(run, index);
                if (slot != Lanes.NONE) {
                    parked.put(failed, slot);
                }
            } else if (!parked.isEmpty()) {
                ConsumerRecord<byte[], byte[]> next = parked.keySet().iterator().next();
                int slot = parked.remove(next);
                if (random.nextBoolean()) {
                    queue.unpark(slot, next);
                } else if (queue.parked(slot, next)) {
                    queue.finishParked(slot, next);
                    unfinished.put(next.offset(), "done");
                } else {
                    queue.finishParked(slot, next); // dropped: must change nothing
                }
            }
        }

        private void rescueOne() {
            if (!runs.isEmpty()) {
                Run run = runs.get(random.nextInt(runs.size()));
                queue.rescue(run, run.progress());
            }
        }

        private void reassign() {
            long committed = queue.watermark(epoch);
            queue.close(epoch);
            committed = Math.max(committed, queue.watermark(epoch));
            queue.end(epoch);
            epoch = queue.open(nudged::incrementAndGet);
            stopped = false;
            stale.addAll(runs);
            unfinished.clear();
            position = Math.max(0, committed);
            lastWatermark = -1;
        }

        private void endRun(Run run) {
            runs.remove(run);
            begun.remove(run);
            stale.remove(run);
        }

        private void check() {
            assertThat(flow.ready()).isEqualTo(queue.look(epoch).ready());
            long watermark = queue.watermark(epoch);
            if (watermark < 0) {
                return;
            }
            assertThat(watermark).isGreaterThanOrEqualTo(lastWatermark);
            lastWatermark = watermark;
            for (Map.Entry<Long, String> entry : unfinished.entrySet()) {
                if (entry.getValue().isEmpty()) {
                    assertThat(watermark).isLessThanOrEqualTo(entry.getKey());
                    break;
                }
            }
            if (stopped && queue.held() == 0) {
                assertThat(nudged).hasPositiveValue();
            }
            if (runs.isEmpty() && queue.look(epoch).ready() > 0) {
                assertThat(line).contains(queue);
            }
            if (runs.isEmpty() && unfinished.values().stream().noneMatch(String::isEmpty)) {
                assertThat(watermark).isEqualTo(position);
            }
        }
    }

    private PartitionQueue newQueue(Ordering ordering, FlowControl flow) {
        return new PartitionQueue(TP, ordering, flow, line::add);
    }

    private void add(long firstOffset, String... keys) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String key : keys) {
            records.add(record(firstOffset + records.size(), key));
        }
        queue.add(epoch, records, firstOffset + keys.length, 0);
    }

    private void reassign() {
        queue.close(epoch);
        queue.end(epoch);
        epoch = queue.open(nudges::incrementAndGet);
    }

    private Run take(int max) {
        return Bench.take(line, max);
    }

    private Run begin() {
        Run run = take(1);
        assertThat(run).isNotNull();
        run.claim();
        return run;
    }

    private void finishAllReady() {
        for (Run run = take(100); run != null; run = take(100)) {
            Bench.finish(run);
        }
    }

    private static List<Long> offsets(Run run) {
        long[] offsets = new long[run.size()];
        Arrays.setAll(offsets, i -> run.record(i).offset());
        return Arrays.stream(offsets).boxed().toList();
    }

    @Test
    void run_thatIsAskedForARecordItLetGo_isABug() {
        add(0, "a");
        Run run = begin();
        Bench.finish(run);

        assertThatThrownBy(() -> run.record(0)).hasMessageContaining("BUG");
    }
}
