package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What a worker leaves behind; what it does is in the tests of {@link PartitionQueue} and {@link KqQueue}. */
class WorkerTest {
    private final List<Runnable> alarms = new ArrayList<>();
    private final Bench bench = Bench.first();
    private final Worker.Shared shared = new Worker.Shared(
            new WorkQueue(),
            new FailurePolicy(
                    KqConf.builder().brokers("a:1").group("g").topic("t").build(),
                    null,
                    Set.of(),
                    (message, failure, attempt) -> {},
                    bench.counters),
            new QueueTimer(Bench.alarmsInto(alarms), failure -> {}),
            null,
            bench.counters,
            new Pace(),
            failure -> {});

    @Test
    void recordThatWaitsForItsNextAttempt_comesAgain() {
        parked();
        System.gc();
        alarms.get(0).run();

        Run again = bench.begin();
        assertThat(again.record(0).offset()).isZero();
        assertThat(again.attempt(0)).isEqualTo(2);
    }

    @Test
    void recordThatWasDropped_isNotKeptForTheTimeItWouldHaveWaited() {
        WeakReference<ConsumerRecord<byte[], byte[]>> record = parked();
        bench.assign();

        for (int i = 0; i < 10 && record.get() != null; i++) {
            System.gc();
        }
        assertThat(record.get()).isNull();
        assertThat(alarms).hasSize(1);
        alarms.get(0).run();
        assertThat(bench.take(1)).isNull();
    }

    @Test
    void control_waitsHoldTheirRecords() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Worker.java",
                        "ConsumerRecord<byte[], byte[]> held = parked.get();",
                        "ConsumerRecord<byte[], byte[]> held = parked.get() == null ? null : record;"),
                WorkerTest.class,
                "recordThatWasDropped_isNotKeptForTheTimeItWouldHaveWaited");
    }

    /** Its handler has failed, and it waits for an hour. */
    private WeakReference<ConsumerRecord<byte[], byte[]>> parked() {
        bench.assign(Bench.T0);
        bench.polled(Bench.T0, 0, "a");
        Run run = bench.begin();
        ConsumerRecord<byte[], byte[]> record = run.record(0);
        PartitionQueue partition = run.takenFrom();
        int slot = partition.park(run, 0);
        shared.afterwards(
                partition, slot, record, 1, new Exception("no"), new Outcome.Retry(TimeUnit.HOURS.toNanos(1)));
        return new WeakReference<>(record);
    }
}
