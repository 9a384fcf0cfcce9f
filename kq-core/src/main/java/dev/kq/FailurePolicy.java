package dev.kq;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a record whose handler failed. Called by the workers, under no lock; thread-safe.
 *
 * <pre>
 *  Skip ─────────────────────────────────────────────────────────────────────► pass
 *  RetryLater ───────────────────────────────────────────────────────────────► retry
 *  DeadLetter, NonRetryable ─────────────┐
 *  other exceptions ─► attempts left? ─no┴► dead-letter topic? ─no─► ForceCommit? ─no─► retry, for ever
 *                          └─yes─► retry         └─yes─► dead letter     └─yes─► pass
 * </pre>
 */
final class FailurePolicy {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private final RetryPolicy retry;
    private final @Nullable RetryDelay retryDelay;
    private final Set<Class<? extends Exception>> nonRetryable;
    private final @Nullable String deadLetterTopic;
    private final boolean forceCommit;
    private final ErrorHandler errors;
    private final QueueCounters counters;

    FailurePolicy(
            KqConf conf,
            @Nullable RetryDelay retryDelay,
            Set<Class<? extends Exception>> nonRetryable,
            ErrorHandler errors,
            QueueCounters counters) {
        this(conf, retryDelay, nonRetryable, errors, counters, Surroundings.REAL.jitter());
    }

    FailurePolicy(
            KqConf conf,
            @Nullable RetryDelay retryDelay,
            Set<Class<? extends Exception>> nonRetryable,
            ErrorHandler errors,
            QueueCounters counters,
            RandomGenerator jitter) {
        this.retry = new RetryPolicy(conf.retry(), jitter);
        this.retryDelay = retryDelay;
        this.nonRetryable = Set.copyOf(nonRetryable);
        this.deadLetterTopic = conf.deadLetterTopic();
        this.forceCommit = conf.forceCommit();
        this.errors = errors;
        this.counters = counters;
    }

    /** Tells the error handler and decides. */
    Outcome afterFailure(ConsumerRecord<byte[], byte[]> record, int attempt, Exception failure) {
        counters.failed.increment();
        Message message = new Message(record, attempt);
        tellErrorHandler(message, failure, attempt);
        Outcome outcome = decide(message, failure, attempt);
        if (outcome instanceof Outcome.Retry) {
            counters.retried.increment();
        } else if (outcome instanceof Outcome.Pass pass) {
            counters.skipped.increment();
            log.warn("{} passed without success: {}", message, pass.reason());
        }
        return outcome;
    }

    private Outcome decide(Message message, Exception failure, int attempt) {
        if (failure instanceof Skip) {
            return new Outcome.Pass(String.valueOf(failure.getMessage()));
        }
        if (failure instanceof RetryLater later) {
            return new Outcome.Retry(nanos(later.delay()));
        }
        if (!isFinal(failure)) {
            if (retryDelay != null) {
                Duration delay = customDelay(retryDelay, message, failure, attempt);
                if (delay != null) {
                    return new Outcome.Retry(nanos(delay));
                }
            } else if (!retry.exhausted(attempt)) {
                return new Outcome.Retry(retry.backoffNanos(attempt));
            }
        }
        if (deadLetterTopic != null && !deadLetterTopic.equals(message.topic())) {
            return new Outcome.ToDeadLetters(
                    failure instanceof DeadLetter ? String.valueOf(failure.getMessage()) : "failed");
        }
        return forceCommit
                ? new Outcome.Pass("gave up after attempt " + attempt + ", as ForceCommit says")
                : new Outcome.Retry(retry.backoffNanos(attempt));
    }

    private boolean isFinal(Exception failure) {
        return failure instanceof DeadLetter
                || failure instanceof NonRetryable
                || nonRetryable.stream().anyMatch(type -> type.isInstance(failure));
    }

    /** A function that fails must not cost the message: it is treated as if it were not there. */
    private @Nullable Duration customDelay(RetryDelay function, Message message, Exception failure, int attempt) {
        try {
            return function.after(message, failure, attempt);
        } catch (RuntimeException e) {
            log.error("retry delay function failed for {}", message, e);
            return Duration.ofNanos(retry.backoffNanos(attempt));
        }
    }

    private void tellErrorHandler(Message message, Exception failure, int attempt) {
        try {
            errors.onError(message, failure, attempt);
        } catch (RuntimeException e) {
            log.error("error handler failed for {}", message, e);
        }
    }

    private static long nanos(Duration delay) {
        try {
            return Math.max(0, delay.toNanos());
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 2; // 146 years
        }
    }

    /** The first failure of a message with its stack trace, the later ones in one line. */
    static void logFailure(Message message, Exception exception, int attempt) {
        if (attempt == 1 && !(exception instanceof HandlerDecision)) {
            log.warn("{} failed", message, exception);
        } else if (attempt == 1) {
            log.warn("{} failed: {}", message, exception.toString());
        } else {
            log.debug("{} failed again: {}", message, exception.toString());
        }
    }
}
