package dev.kq;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a record costs on its way through the engine, piece by piece: nanoseconds and bytes for each record, on one
 * thread and in runs of 256 but where the name says something else. In the engine's package, since none of it is
 * public.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HotPaths {
    private static final int RUN = 256;
    private static final int KEYS = 10_000;

    private final QueueCounters counters = new QueueCounters();
    private final Stopwatch stopwatch = new Stopwatch(counters, 1);
    private final Run run = new Run();
    private final int[] hashes = new int[RUN];
    private final int[] finishOrder = new int[RUN];
    private final OffsetTracker tracker = new OffsetTracker(0);
    private final Lanes lanes = new Lanes(Ordering.KEY);
    private final PartitionQueue partition =
            new PartitionQueue(new TopicPartition("t", 0), Ordering.KEY, new FlowControl(1000, 1 << 26), offered -> {});

    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private int epoch;
    private long offset;

    /** A worker on a thread of its own, for those that hand something to it. */
    @State(Scope.Benchmark)
    public static class Colleague {
        private final WorkQueue work = new WorkQueue();
        private final PartitionQueue partition =
                new PartitionQueue(new TopicPartition("t", 0), Ordering.KEY, new FlowControl(1000, 1 << 26), work);
        private final Thread thread = new Thread(this::handle, "colleague");
        private int epoch;
        private final AtomicLong handled = new AtomicLong();

        /** Before the first round. */
        @Setup
        public void start() {
            epoch = partition.open(() -> {});
            thread.start();
        }

        /** After the last one. */
        @TearDown
        public void stop() throws InterruptedException {
            work.close();
            thread.join();
        }

        private void handle() {
            Run run = new Run();
            WorkQueue.Seat seat = new WorkQueue.Seat();
            while (work.take(run, RUN, seat)) {
                while (run.claim() != Run.EXHAUSTED) {
                    // handled
                }
                handled.addAndGet(run.size());
                partition.finish(run);
            }
        }

        private void awaitHandled(long count) {
            while (handled.get() < count) {
                Thread.onSpinWait();
            }
        }
    }

    /** Before the first round. */
    @Setup
    public void fill() {
        Random random = new Random(7);
        run.begin(0, System.nanoTime());
        for (int i = 0; i < RUN; i++) {
            byte[] key = ("key-" + random.nextInt(KEYS)).getBytes(StandardCharsets.UTF_8);
            byte[] value = new byte[100];
            records.add(new ConsumerRecord<>(
                    "t",
                    0,
                    i,
                    System.currentTimeMillis(),
                    TimestampType.CREATE_TIME,
                    key.length,
                    value.length,
                    key,
                    value,
                    new RecordHeaders(),
                    Optional.empty()));
            hashes[i] = KeyHash.of(key);
            finishOrder[i] = i * 37 % RUN;
        }
        Polled polled = new Polled(records, 0, 0);
        for (int i = 0; i < RUN; i++) {
            run.put(i, true, polled, i, 1);
        }
        run.publish(partition);
        epoch = partition.open(() -> {});
    }

    /** The meters of a handler that does nothing. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public long stopwatch() {
        stopwatch.begin(run, 64);
        for (int i = 0; i < RUN; i++) {
            stopwatch.ended(run, i, true);
        }
        return stopwatch.end(run);
    }

    /** Without the meters: the clock is read for the length of the next run. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public long clockOnly() {
        long begun = System.nanoTime();
        run.busySince(begun);
        run.idle();
        return System.nanoTime() - begun;
    }

    /** Added in order, finished in another, asked for the watermark once. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public long offsetTracker() {
        long first = offset;
        for (int i = 0; i < RUN; i++) {
            tracker.add(offset++);
        }
        for (int i = 0; i < RUN; i++) {
            tracker.finish(first + finishOrder[i]);
        }
        return tracker.watermark();
    }

    /** Added, taken and released. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public int lanes() {
        lanes.begin(new Polled(records, 0, 0));
        for (int i = 0; i < RUN; i++) {
            lanes.add(i, records.get(i), hashes[i]);
        }
        while (lanes.hasReady()) {
            lanes.release(lanes.takeReady());
        }
        return lanes.size();
    }

    /** From the fetcher's hand to done, with the lock. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public long partitionQueue() {
        partition.add(epoch, records, RUN, 0);
        while (partition.take(run, RUN)) {
            while (run.claim() != Run.EXHAUSTED) {
                // handled
            }
            partition.finish(run);
        }
        return partition.watermark(epoch);
    }

    /** One record to a worker that waits for it, until that has handled it: the way between the threads. */
    @Benchmark
    public void workQueueOneRecord(Colleague colleague) {
        long count = colleague.handled.get() + 1;
        ConsumerRecord<byte[], byte[]> record = records.get((int) (offset % RUN));
        colleague.partition.add(colleague.epoch, List.of(at(offset++, record)), offset, 0);
        colleague.awaitHandled(count);
    }

    /** A poll of records to a worker, until that has handled them all. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public void workQueueOnePoll(Colleague colleague) {
        long count = colleague.handled.get() + RUN;
        List<ConsumerRecord<byte[], byte[]>> poll = new ArrayList<>(RUN);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            poll.add(at(offset++, record));
        }
        colleague.partition.add(colleague.epoch, poll, offset, 0);
        colleague.awaitHandled(count);
    }

    private static ConsumerRecord<byte[], byte[]> at(long offset, ConsumerRecord<byte[], byte[]> record) {
        return new ConsumerRecord<>(
                record.topic(),
                record.partition(),
                offset,
                record.timestamp(),
                record.timestampType(),
                record.serializedKeySize(),
                record.serializedValueSize(),
                record.key(),
                record.value(),
                record.headers(),
                record.leaderEpoch());
    }

    /** The hash of a key. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public int keyHash() {
        int sum = 0;
        for (int i = 0; i < RUN; i++) {
            sum += KeyHash.of(records.get(i).key());
        }
        return sum;
    }
}
