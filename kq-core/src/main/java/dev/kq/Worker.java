package dev.kq;

import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Takes runs of records and has them handled, until it is to end. Owned by one thread of the {@link Workers}. */
final class Worker implements Runnable {
    /** What all workers of a queue share. */
    record Shared(
            WorkQueue work,
            FailurePolicy failures,
            QueueTimer timer,
            @Nullable DeadLetters deadLetters,
            QueueCounters counters,
            Pace pace,
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
    private final RunHandler hands;
    private final WorkQueue.Seat seat;

    Worker(Shared shared, RecordHandler handler, StuckRuns stuckRuns, WorkQueue.Seat seat) {
        this(shared, handler, stuckRuns, seat, new RunLength());
    }

    Worker(Shared shared, RecordHandler handler, StuckRuns stuckRuns, WorkQueue.Seat seat, RunLength length) {
        this.shared = shared;
        this.seat = seat;
        this.hands = new RunHandler(shared, handler, stuckRuns, length, new Run(shared.work::offerOnTheWay, null));
    }

    @Override
    public void run() {
        try (RunHandler own = hands) {
            own.begin();
            while (own.handleNext(seat)) {
                // until there is nothing to do for this worker any more
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        }
    }
}
