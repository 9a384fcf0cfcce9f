package dev.kq.pusher;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a pusher. The first thread that closes does the work, in three steps: no push starts any more, those that
 * have started get their record into the producer, the producer sends what it has. Threads that close later wait for
 * the first. A close from the producer's network thread cannot wait for that thread, so a thread of its own does the
 * work.
 */
final class Closing {
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String topic;
    private final LiveProducer producer;
    private final DeliveryCounts counts;
    private final FailureLog failures;
    private final TopicCheck check;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<CloseReport> report = new CompletableFuture<>();

    Closing(String topic, LiveProducer producer, DeliveryCounts counts, FailureLog failures, TopicCheck check) {
        this.topic = topic;
        this.producer = producer;
        this.counts = counts;
        this.failures = failures;
        this.check = check;
    }

    /** Runs this when the close is over, before it returns. */
    void whenDone(Runnable last) {
        var unused = report.thenRun(last);
    }

    /** Whether pushes are refused. Read by every push. */
    boolean begun() {
        return begun.get();
    }

    CloseReport close(Duration timeout, boolean onNetworkThread) {
        boolean first = begun.compareAndSet(false, true);
        if (onNetworkThread) {
            if (first) {
                new Thread(() -> run(timeout), "kq-pusher-" + topic + "-close").start();
            }
            return counts.report();
        }
        if (first) {
            run(timeout);
        }
        return await(timeout);
    }

    private void run(Duration timeout) {
        // An interrupt from before must not throw away what can still be delivered; one from now on cuts the close
        // short.
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            for (int inside = counts.insideFrom(0);
                    inside >= 0
                            && deadline - System.nanoTime() > 0
                            && !Thread.currentThread().isInterrupted();
                    inside = counts.insideFrom(inside)) {
                LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
            }
            check.close();
            producer.last().close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        } catch (InterruptException e) {
            interrupted = true;
        } catch (RuntimeException e) {
            log.warn("The producer of topic {} did not close cleanly", topic, e);
        } finally {
            failures.close();
            CloseReport done = counts.report();
            if (!done.complete()) {
                log.warn("Pusher of topic {} closed with {} records undelivered", topic, done.undelivered());
            }
            report.complete(done);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CloseReport await(Duration timeout) {
        try {
            return report.isDone() ? report.join() : report.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            log.debug("Topic {}: another thread is still closing the pusher", topic);
        } catch (ExecutionException e) {
            throw new AssertionError("BUG: the report of a close never fails", e);
        }
        return counts.report();
    }
}
