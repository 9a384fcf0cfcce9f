package dev.kq.examples.payments;

import dev.kq.KqQueue;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Waits for what a run waits for, and shows how far it is meanwhile. Used by the main thread only. */
final class PaymentsWatch {
    private static final long LOOK_MILLIS = 20;
    private static final long READY_NANOS = 10_000_000_000L;

    /** Longer than a group waits for a member that was killed. */
    private static final long STUCK_NANOS = 90_000_000_000L;

    private final PrintStream out;
    private final StopSignal signal;
    private final PaymentsRun run;
    private final KqQueue queue;
    private final PaymentsPush push;
    private final TopicAdmin admin;

    PaymentsWatch(
            PrintStream out, StopSignal signal, PaymentsRun run, KqQueue queue, PaymentsPush push, TopicAdmin admin) {
        this.out = out;
        this.signal = signal;
        this.run = run;
        this.queue = queue;
        this.push = push;
        this.admin = admin;
    }

    /** Waits until the group is there, for some seconds: what is pushed before has to wait for it. */
    void awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + READY_NANOS;
        while (queue.lag().isEmpty() && System.nanoTime() < deadline && !signal.await(LOOK_MILLIS)) {
            // not yet
        }
    }

    /**
     * Waits until everything in the topic is handled and committed.
     *
     * @return false if a signal came before
     */
    boolean awaitAll() throws InterruptedException {
        ProgressLine progress = new ProgressLine(out, ProgressLine.onTerminal(), System.nanoTime());
        try {
            return awaitAll(progress);
        } finally {
            progress.clear();
        }
    }

    private boolean awaitAll(ProgressLine progress) throws InterruptedException {
        Map<TopicPartition, Long> ends = Map.of();
        long moved = -1;
        long movedAt = System.nanoTime();
        while (!signal.await(LOOK_MILLIS)) {
            long now = System.nanoTime();
            long handled = run.own() + run.others();
            progress.update(
                    new ProgressLine.Moment(
                            push.acknowledged(), handled, queue.lag().orElse(-1)),
                    now);
            Throwable failure = push.failure();
            if (failure != null) {
                throw RunFailure.wentWrong(String.valueOf(failure.getMessage()));
            }
            if (push.ended() && run.own() >= push.acknowledged()) {
                ends = ends.isEmpty() ? admin.ends() : ends;
                if (admin.lag(ends) == 0) {
                    return true;
                }
            }
            long total = handled + push.acknowledged() + run.repeated();
            if (total != moved) {
                moved = total;
                movedAt = now;
            } else if (now - movedAt > STUCK_NANOS) {
                throw stuck();
            }
        }
        return false;
    }

    private RunFailure stuck() {
        List<String> reasons = queue.health().reasons();
        return RunFailure.wentWrong("nothing has moved for 90 s, " + PaymentsReport.count(push.acknowledged())
                + " pushed, " + PaymentsReport.count(run.own()) + " handled: "
                + (reasons.isEmpty() ? "is another member of the group running?" : String.join("; ", reasons)));
    }
}
