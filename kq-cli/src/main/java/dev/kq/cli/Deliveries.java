package dev.kq.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.kq.pusher.PushResult;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Counts what became of pushed messages and keeps the first failures. The main thread pushes, the producers' threads
 * report.
 */
final class Deliveries {
    /** So many failures are kept for the report; the others are counted. */
    static final int KEPT = 100;

    @GuardedBy("this")
    private final List<Undelivered> first = new ArrayList<>();

    @GuardedBy("this")
    private long acknowledged;

    @GuardedBy("this")
    private long failed;

    @GuardedBy("this")
    private long timedOut;

    /**
     * A message that was not acknowledged.
     *
     * @param at where it came from
     */
    record Undelivered(String at, String topic, String reason) {}

    void track(String at, String topic, CompletableFuture<PushResult> push) {
        var unused = push.whenComplete((result, failure) -> {
            if (failure == null) {
                acknowledged();
            } else {
                failed(
                        new Undelivered(at, topic, Failure.reason(failure)),
                        failure.getCause() instanceof TimeoutException);
            }
        });
    }

    private synchronized void acknowledged() {
        acknowledged++;
    }

    void refuse(String at, String topic, String reason) {
        failed(new Undelivered(at, topic, reason), false);
    }

    private synchronized void failed(Undelivered message, boolean byTime) {
        failed++;
        timedOut += byTime ? 1 : 0;
        if (first.size() < KEPT) {
            first.add(message);
        }
    }

    synchronized long pushed() {
        return acknowledged;
    }

    synchronized long failures() {
        return failed;
    }

    synchronized List<Undelivered> firstFailures() {
        return List.copyOf(first);
    }

    synchronized int exitCode() {
        if (failed == 0) {
            return Failure.DONE;
        }
        return acknowledged > 0 ? Failure.PARTLY : timedOut == failed ? Failure.UNREACHABLE : Failure.FAILED;
    }

    void printFailures(PrintStream err) {
        List<Undelivered> kept = firstFailures();
        for (Undelivered failure : kept) {
            err.println("kq: " + failure.at + " to " + failure.topic + " failed: " + Shown.text(failure.reason));
        }
        long more = failures() - kept.size();
        if (more > 0) {
            err.println("kq: and " + Shown.number(more) + " more failed");
        }
    }
}
