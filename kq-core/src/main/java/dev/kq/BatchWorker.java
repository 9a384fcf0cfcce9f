package dev.kq;

import dev.kq.errors.KqException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes batches of records and calls the batch handler. Owned by one thread of the {@link Workers}. */
final class BatchWorker implements Runnable {
    private final Worker.Shared shared;
    private final BatchHandler handler;
    private final int batchSize;
    private final WorkQueue.Seat seat;
    private final StuckRuns runs;
    private final Stopwatch watch;
    private final Run run = new Run();

    BatchWorker(Worker.Shared shared, BatchHandler handler, int batchSize, StuckRuns runs, WorkQueue.Seat seat) {
        this.shared = shared;
        this.handler = handler;
        this.batchSize = batchSize;
        this.runs = runs;
        this.seat = seat;
        this.watch = new Stopwatch(shared.counters(), System.identityHashCode(seat));
    }

    @Override
    public void run() {
        runs.add(run);
        try {
            while (shared.work().take(run, batchSize, seat)) {
                handleBatch(run.takenFrom());
            }
        } catch (Throwable t) {
            shared.fatal().accept(t);
        } finally {
            runs.remove(run);
        }
    }

    private void handleBatch(PartitionQueue partition) {
        List<Message> batch = new ArrayList<>(run.size());
        for (int i = 0; i < run.size(); i++) {
            batch.add(new Message(run.record(i), run.attempt(i)));
        }
        @Nullable Exception[] failures;
        @Nullable Outcome[] outcomes;
        watch.begin(run, 1);
        try {
            failures = failuresOf(batch);
            watch.endBatch(run, failures);
            outcomes = outcomesOf(failures);
        } catch (Throwable t) {
            run.idle();
            partition.shutForGood(run);
            throw t;
        } finally {
            Thread.interrupted(); // of what this handler did to its thread, the next one learns nothing
        }
        for (PartitionQueue.Parked parked : partition.settle(run, outcomes)) {
            int i = parked.index();
            Exception failure = failures[i];
            Outcome outcome = outcomes[i];
            if (failure != null && outcome != null) {
                shared.afterwards(partition, parked.slot(), parked.record(), parked.attempt(), failure, outcome);
            }
        }
    }

    private @Nullable Exception[] failuresOf(List<Message> batch) {
        @Nullable Exception[] failures = new Exception[batch.size()];
        try {
            handler.handle(List.copyOf(batch));
        } catch (BatchFailure e) {
            int named = 0;
            for (int i = 0; i < failures.length; i++) {
                failures[i] = e.of(batch.get(i));
                named += failures[i] == null ? 0 : 1;
            }
            if (named < e.size()) { // then nobody knows which messages of this one are done
                Arrays.fill(
                        failures,
                        new KqException("a BatchFailure names messages of another batch; all of this one failed", e));
            }
        } catch (Exception e) {
            Arrays.fill(failures, e);
        }
        return failures;
    }

    private @Nullable Outcome[] outcomesOf(@Nullable Exception[] failures) {
        @Nullable Outcome[] outcomes = new Outcome[failures.length];
        int handled = 0;
        for (int i = 0; i < failures.length; i++) {
            Exception failure = failures[i];
            if (failure == null) {
                handled++;
            } else if (firstOfItsLane(i, outcomes)) {
                Outcome outcome = shared.failures().afterFailure(run.record(i), run.attempt(i), failure);
                outcomes[i] = outcome instanceof Outcome.Pass ? null : outcome;
            }
        }
        shared.counters().handled.add(handled);
        return outcomes;
    }

    /** Behind a failure that waits, those of the same lane were not done: they come again, without being counted. */
    private boolean firstOfItsLane(int index, @Nullable Outcome[] outcomes) {
        for (int i = index; !run.beginsLane(i); i--) {
            if (outcomes[i - 1] != null) {
                return false;
            }
        }
        return true;
    }
}
