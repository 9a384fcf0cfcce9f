package dev.kq;

import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a record whose handler failed: another attempt later, or pass it. Called by the workers;
 * thread-safe.
 */
final class FailurePolicy {
    /** The record is passed: counted, logged and committed like one that succeeded. */
    static final long PASS = -1;

    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private final RetryPolicy retry;
    private final boolean forceCommit;
    private final ErrorHandler errors;
    private final QueueCounters counters;

    FailurePolicy(KqConf conf, ErrorHandler errors, QueueCounters counters) {
        this.retry =
                new RetryPolicy(conf.retry(), () -> ThreadLocalRandom.current().nextLong());
        this.forceCommit = conf.forceCommit();
        this.errors = errors;
        this.counters = counters;
    }

    /** Nanoseconds until the next attempt, or {@link #PASS}. */
    long afterFailure(ConsumerRecord<byte[], byte[]> record, int attempt, Exception failure) {
        counters.failed.increment();
        Message message = new Message(record, attempt);
        try {
            errors.onError(message, failure, attempt);
        } catch (Exception e) {
            log.error("error handler failed for {}", message, e);
        }
        if (!retry.exhausted(attempt) || !forceCommit) {
            counters.retried.increment();
            return retry.backoffNanos(attempt);
        }
        counters.skipped.increment();
        log.warn("{}: gave up and passed it, as ForceCommit says", message);
        return PASS;
    }

    /** The first failure of a message with its stack trace, the later ones in one line. */
    static void logFailure(Message message, Exception exception, int attempt) {
        if (attempt == 1) {
            log.warn("{} failed", message, exception);
        } else {
            log.debug("{} failed again: {}", message, exception.toString());
        }
    }
}
