package dev.kq;

import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Takes runs of records and calls the handler for each. Owned by one thread of the {@link Workers}. */
final class Worker implements Runnable {
    /** What all workers of a queue share. */
    record Shared(
            WorkQueue work,
            RecordHandler handler,
            FailurePolicy failures,
            StuckRuns stuckRuns,
            QueueTimer timer,
            QueueCounters counters,
            Consumer<Throwable> fatal) {}

    private final Shared shared;
    private final WorkQueue.Seat seat;
    private final Run run = new Run();
    private final RunLength length = new RunLength();
    /** Records that ended without a retry in the present run. */
    private int handled;

    Worker(Shared shared, WorkQueue.Seat seat) {
        this.shared = shared;
        this.seat = seat;
    }

    @Override
    public void run() {
        shared.stuckRuns.add(run);
        try {
            while (shared.work.take(run, length.next(), seat)) {
                if (run.size() > 1) {
                    shared.stuckRuns.watch();
                }
                handleRun();
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        } finally {
            shared.stuckRuns.remove(run);
        }
    }

    private void handleRun() {
        PartitionQueue partition = run.partition;
        if (partition == null) {
            throw new IllegalStateException("BUG: a run of no partition");
        }
        handled = 0;
        long begun = System.nanoTime();
        boolean mine = true;
        for (int i = run.claim(); mine && i != Run.EXHAUSTED; i = mine ? run.claim() : Run.EXHAUSTED) {
            mine = handleRecord(partition, i);
        }
        length.observe(Math.max(1, handled), System.nanoTime() - begun);
        shared.counters.handled.add(handled);
        if (mine) {
            partition.finish(run);
        }
    }

    /** Returns false if the run was given back because its record must wait for another attempt. */
    private boolean handleRecord(PartitionQueue partition, int index) {
        ConsumerRecord<byte[], byte[]> record = run.record(index);
        int attempt = run.attempt(index);
        try {
            shared.handler.handle(record, attempt);
            handled++;
            return true;
        } catch (Exception e) {
            return afterFailure(partition, index, record, attempt, e);
        } catch (Error e) {
            partition.park(run, index); // for good: neither finished nor running, and its lane stays shut
            throw e;
        }
    }

    private boolean afterFailure(
            PartitionQueue partition, int index, ConsumerRecord<byte[], byte[]> record, int attempt, Exception e) {
        long wait = shared.failures.afterFailure(record, attempt, e);
        if (wait == FailurePolicy.PASS) {
            return true;
        }
        int slot = partition.park(run, index);
        if (slot != Lanes.NONE) {
            shared.timer.after(wait, () -> partition.unpark(slot, record));
        }
        return false;
    }
}
