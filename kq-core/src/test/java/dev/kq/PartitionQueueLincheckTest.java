package dev.kq;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Workers that end their runs while the fetcher asks for the watermark, revokes the partition and gets it again: what
 * each of them sees is what it would see if they did it one after the other. Hunts for a completion that is lost,
 * counted twice, or counted in the wrong epoch.
 */
@Tag("lincheck")
@Timeout(600)
class PartitionQueueLincheckTest {
    /** Three records in three runs that workers have begun; each new assignment brings three more. */
    public static class RevokedWhileRunning {
        private static final int RUNS = 3;

        private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
        private final PartitionQueue queue =
                new PartitionQueue(Records.TP, Ordering.KEY, new FlowControl(1000, 1 << 20), line::add);
        private final List<Run> runs = new ArrayList<>();
        private final ConsumerRecord<byte[], byte[]> parkedRecord;
        private final int parkedSlot;
        private int epoch;

        public RevokedWhileRunning() {
            open();
            Run failed = Bench.take(line, 1);
            failed.claim();
            parkedRecord = failed.record(0);
            parkedSlot = queue.park(failed, 0);
            for (int i = 0; i < RUNS; i++) {
                Run run = Bench.take(line, 1);
                run.claim();
                runs.add(run);
            }
        }

        @Operation(runOnce = true)
        public void finishFirst() {
            queue.finish(runs.get(0));
        }

        @Operation(runOnce = true)
        public void finishSecond() {
            queue.finish(runs.get(1));
        }

        @Operation(runOnce = true)
        public boolean failThird() {
            return queue.park(runs.get(2), 0) != Lanes.NONE;
        }

        /** The dead letter of a record that was parked before is acknowledged. */
        @Operation(runOnce = true)
        public void finishParked() {
            queue.finishParked(parkedSlot, parkedRecord);
        }

        @Operation(nonParallelGroup = "fetcher")
        public long watermark() {
            return queue.watermark(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public void end() {
            queue.end(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public int close() {
            return queue.close(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public int running() {
            return queue.runningOf(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public void open() {
            epoch = queue.open(() -> {});
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i <= RUNS; i++) {
                records.add(Records.record(i, "k" + i));
            }
            queue.add(epoch, records, RUNS + 1, 0);
        }
    }

    /** A worker sweeps the partition and has begun the second of four records. */
    public static class RevokedWhileSwept {
        private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
        private final PartitionQueue queue =
                new PartitionQueue(Records.TP, Ordering.KEY, new FlowControl(1000, 1 << 20), line::add, null, 2);
        private final Run sweep;
        private final long seen;
        private int epoch = queue.open(() -> {});

        public RevokedWhileSwept() {
            Bench.take(line, 2);
            queue.take(new Run(), 2); // finds nothing, and what comes next waits for a sweep
            add();
            sweep = Bench.take(line, 4);
            sweep.claim();
            sweep.claim();
            seen = sweep.progress();
        }

        @Operation(runOnce = true, nonParallelGroup = "worker")
        public boolean failSecond() {
            return queue.park(sweep, 1) != Lanes.NONE;
        }

        @Operation(nonParallelGroup = "timer")
        public void rescue() {
            queue.rescue(sweep, seen);
        }

        /** Whether another worker gets a record, which it keeps. */
        @Operation
        public boolean take() {
            return queue.take(new Run(), 1);
        }

        @Operation(nonParallelGroup = "fetcher")
        public long watermark() {
            return queue.watermark(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public int close() {
            return queue.close(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public void end() {
            queue.end(epoch);
        }

        @Operation(nonParallelGroup = "fetcher")
        public void open() {
            epoch = queue.open(() -> {});
            add();
        }

        private void add() {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                records.add(Records.record(i, "k" + i % 3));
            }
            queue.add(epoch, records, 4, 0);
        }
    }

    /** The negative control: an offset tracker without a lock around it. */
    public static class Unguarded {
        private final OffsetTracker tracker = new OffsetTracker(0);
        private final long first = tracker.add(0);
        private final long second = tracker.add(1);

        @Operation(runOnce = true)
        public void finishFirst() {
            tracker.finish(first);
        }

        @Operation(runOnce = true)
        public void finishSecond() {
            tracker.finish(second);
        }

        @Operation(nonParallelGroup = "fetcher")
        public long watermark() {
            return tracker.watermark();
        }
    }

    @Test
    void partitionQueue_isLinearizable_inEveryInterleavingTried() {
        modelChecking().check(RevokedWhileRunning.class);
    }

    @Test
    void partitionQueue_isLinearizable_whileItIsSwept() {
        modelChecking().iterations(6).check(RevokedWhileSwept.class);
    }

    @Test
    void partitionQueue_isLinearizable_underStress() {
        new StressOptions()
                .iterations(10)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(2)
                .check(RevokedWhileRunning.class);
    }

    @Test
    void control_trackerWithoutItsLock_isFound() {
        assertThatThrownBy(() -> modelChecking().check(Unguarded.class)).isInstanceOf(LincheckAssertionError.class);
    }

    private static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions()
                .iterations(12)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(2);
    }
}
