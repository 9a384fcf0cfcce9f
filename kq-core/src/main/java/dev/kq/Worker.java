package dev.kq;

import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Takes runs of records and calls the handler for each. Owned by one thread of the {@link Workers}. */
final class Worker implements Runnable {
    /** What all workers of a queue share. */
    record Shared(
            WorkQueue work,
            FailurePolicy failures,
            QueueTimer timer,
            @Nullable DeadLetters deadLetters,
            QueueCounters counters,
            Consumer<Throwable> fatal) {
        /** Sees to it that a parked record gets its next attempt, or its dead letter. */
        void afterwards(
                PartitionQueue partition,
                int slot,
                ConsumerRecord<byte[], byte[]> record,
                int attempt,
                Exception failure,
                Outcome outcome) {
            if (outcome instanceof Outcome.Retry retry) {
                // Its partition holds the record; one that was dropped is not kept for an hour because it would wait so
                // long.
                WeakReference<ConsumerRecord<byte[], byte[]>> parked = new WeakReference<>(record);
                timer.after(retry.nanos(), () -> {
                    ConsumerRecord<byte[], byte[]> held = parked.get();
                    if (held != null) {
                        partition.unpark(slot, held);
                    }
                });
            } else if (outcome instanceof Outcome.ToDeadLetters letter && deadLetters != null) {
                deadLetters.write(
                        record,
                        attempt,
                        failure,
                        letter.reason(),
                        () -> partition.parked(slot, record),
                        () -> partition.finishParked(slot, record));
            }
        }
    }

    private final Shared shared;
    private final RecordHandler handler;
    private final StuckRuns stuckRuns;
    private final WorkQueue.Seat seat;
    private final Run run = new Run();
    private final RunLength length;
    private final Stopwatch watch;
    /** Records that ended without a retry in the present run. */
    private int handled;

    Worker(Shared shared, RecordHandler handler, StuckRuns stuckRuns, WorkQueue.Seat seat) {
        this(shared, handler, stuckRuns, seat, new RunLength());
    }

    Worker(Shared shared, RecordHandler handler, StuckRuns stuckRuns, WorkQueue.Seat seat, RunLength length) {
        this.length = length;
        this.shared = shared;
        this.handler = handler;
        this.stuckRuns = stuckRuns;
        this.seat = seat;
        this.watch = new Stopwatch(shared.counters, System.identityHashCode(seat));
    }

    @Override
    public void run() {
        stuckRuns.add(run);
        try {
            while (shared.work.take(run, length.next(), seat)) {
                if (run.size() > 1) {
                    stuckRuns.watch();
                }
                handleRun();
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        } finally {
            stuckRuns.remove(run);
        }
    }

    private void handleRun() {
        PartitionQueue partition = run.takenFrom();
        handled = 0;
        int claimed = 0;
        int size = run.size();
        long begun = watch.begin(run, length.ofFastRecords());
        long ended;
        boolean mine = true;
        try {
            for (int i = run.claim(); mine && i != Run.EXHAUSTED; i = mine ? run.claim() : Run.EXHAUSTED) {
                claimed++;
                mine = handleRecord(partition, i);
            }
        } finally {
            ended = watch.end(run);
            shared.counters.handled.add(handled);
        }
        length.observe(claimed == 0 ? 0 : Math.max(1, handled), ended - begun, claimed < size);
        if (mine) {
            run.tookNanos = ended - begun;
            partition.finish(run);
        }
    }

    /** Returns false if the run was given back because its record must wait: for another attempt or its dead letter. */
    private boolean handleRecord(PartitionQueue partition, int index) {
        ConsumerRecord<byte[], byte[]> record = run.record(index);
        int attempt = run.attempt(index);
        try {
            handler.handle(record, attempt);
            handled++;
            watch.ended(run, index, true);
            return true;
        } catch (Exception e) {
            watch.ended(run, index, false);
            return afterFailure(partition, index, record, attempt, e);
        } catch (Throwable t) {
            watch.ended(run, index, false); // it looks at records of the run, which is gone after this
            partition.park(run, index); // for good: neither finished nor running, and its lane stays shut
            throw t;
        } finally {
            Thread.interrupted(); // of what this handler did to its thread, the next one learns nothing
        }
    }

    private boolean afterFailure(
            PartitionQueue partition, int index, ConsumerRecord<byte[], byte[]> record, int attempt, Exception e) {
        Outcome outcome;
        try {
            outcome = shared.failures.afterFailure(record, attempt, e);
        } catch (Throwable t) { // an Error of the user's error handler ends the queue like one of the handler
            partition.park(run, index);
            throw t;
        }
        if (outcome instanceof Outcome.Pass) {
            return true;
        }
        int slot = partition.park(run, index);
        if (slot != Lanes.NONE) {
            shared.afterwards(partition, slot, record, attempt, e, outcome);
        }
        return false;
    }
}
