package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Remembers the last few failures of handlers, without the message's key and value, and tells the user's error handler.
 * Thread-safe.
 */
final class LastErrors implements ErrorHandler {
    static final int KEPT = 10;
    private static final int LONGEST_TEXT = 300;

    /**
     * A failure.
     *
     * @param text what the exception says; cut if it is long
     */
    record Failure(
            Instant time, String topic, int partition, long offset, int attempt, String exception, String text) {}

    private final ErrorHandler next;

    @GuardedBy("this")
    private final Deque<Failure> failures = new ArrayDeque<>();

    LastErrors(ErrorHandler next) {
        this.next = next;
    }

    @Override
    public void onError(Message message, Exception exception, int attempt) {
        String said = exception.getMessage();
        String text = said == null ? "" : said;
        Failure failure = new Failure(
                Instant.now(),
                message.topic(),
                message.partition(),
                message.offset(),
                attempt,
                exception.getClass().getName(),
                text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…");
        synchronized (this) {
            if (failures.size() == KEPT) {
                failures.removeLast();
            }
            failures.addFirst(failure);
        }
        next.onError(message, exception, attempt);
    }

    /** The last one first. */
    synchronized List<Failure> all() {
        return new ArrayList<>(failures);
    }
}
