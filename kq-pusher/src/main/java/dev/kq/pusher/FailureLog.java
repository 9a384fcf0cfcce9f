package dev.kq.pusher;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports failed pushes to the log so that a failure nobody looks at is still seen, and a burst of them does not flood
 * it: the first failure at once with its reason, the ones that follow within the interval as a number in the next line.
 * Called by any thread; the thread that finds the interval over writes the line.
 */
final class FailureLog {
    static final long INTERVAL_NANOS = 10_000_000_000L;
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);

    private final String topic;
    private final LongSupplier nanoTime;
    private final AtomicLong nextLine;
    private final LongAdder unreported = new LongAdder();

    FailureLog(String topic, LongSupplier nanoTime) {
        this.topic = topic;
        this.nanoTime = nanoTime;
        this.nextLine = new AtomicLong(nanoTime.getAsLong());
    }

    void failed(PushException failure) {
        long due = nextLine.get();
        long now = nanoTime.getAsLong();
        if (now - due < 0 || !nextLine.compareAndSet(due, now + INTERVAL_NANOS)) {
            unreported.increment();
            return;
        }
        long others = unreported.sumThenReset();
        if (others == 0) {
            log.warn("{}", failure.getMessage());
        } else {
            log.warn("{} ({} more pushes to it failed since the last such line)", failure.getMessage(), others);
        }
        log.debug("The push that failed", failure);
    }

    /** Reports what no line has told yet. */
    void close() {
        long others = unreported.sumThenReset();
        if (others > 0) {
            log.warn("{} more pushes to topic {} failed since the last such line", others, topic);
        }
    }
}
