package dev.kq;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Calls the handler for each record of a run, and sees to what becomes of it. Owned by one thread: that of a
 * {@link Worker}, or one on the {@link ShortWay}.
 */
final class RunHandler implements AutoCloseable {
    private final Worker.Shared shared;
    private final RecordHandler handler;
    private final StuckRuns stuckRuns;
    private final RunLength length;
    private final Run run;
    private final Stopwatch watch;
    /** Records that ended without a retry in the present run. */
    private int handled;

    RunHandler(Worker.Shared shared, RecordHandler handler, StuckRuns stuckRuns, RunLength length, Run run) {
        this.shared = shared;
        this.handler = handler;
        this.stuckRuns = stuckRuns;
        this.length = length;
        this.run = run;
        this.watch = new Stopwatch(shared.counters(), System.identityHashCode(run));
    }

    /** From now on whoever looks for handlers that hang looks here too. */
    void begin() {
        stuckRuns.add(run);
    }

    /** Ends that. */
    @Override
    public void close() {
        stuckRuns.remove(run);
    }

    /** Takes the next run from the queue and handles it, as the worker of this seat; false if the worker should end. */
    boolean handleNext(WorkQueue.Seat seat) {
        if (!shared.work().take(run, length.next(), seat)) {
            return false;
        }
        long unused = handleRun();
        return true;
    }

    /** Handles a run of a partition, if it has one. Returns how long that took. */
    long handleOneOf(PartitionQueue partition) {
        length.learn(shared.pace().runLength());
        return partition.take(run, length.next()) ? handleRun() : 0;
    }

    private long handleRun() {
        if (run.mayHoldOthersUp()) {
            stuckRuns.watch();
        }
        PartitionQueue partition = run.takenFrom();
        handled = 0;
        int claimed = 0;
        int size = run.size();
        long begun = watch.begin(run, length.recordsPerLap());
        long ended;
        boolean mine = true;
        try {
            for (int i = run.claim(); mine && i != Run.EXHAUSTED; i = mine ? run.claim() : Run.EXHAUSTED) {
                claimed++;
                mine = handleRecord(partition, i);
            }
        } finally {
            ended = watch.end(run);
            shared.counters().handled.add(handled);
        }
        length.observe(claimed == 0 ? 0 : Math.max(1, handled), ended - begun, claimed < size);
        shared.pace().seen(length.next());
        if (mine) {
            run.tookNanos = ended - begun;
            partition.finish(run);
        }
        return ended - begun;
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
            outcome = shared.failures().afterFailure(record, attempt, e);
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
