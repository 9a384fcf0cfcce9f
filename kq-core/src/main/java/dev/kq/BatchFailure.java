package dev.kq;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link BatchHandler} when some of its messages failed; the others are done. Each failure is treated as if
 * the message had been handled alone, {@link HandlerDecision}s included. If it names a message that was not in the
 * batch, such as one kept from an earlier attempt, all messages of the batch failed.
 */
public final class BatchFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Map<Message, Exception> failures; // a message equals only itself

    /**
     * Names the messages that failed.
     *
     * @param failures the messages as they were given to the handler, each with its failure; at least one
     * @throws IllegalArgumentException if there is none
     */
    public BatchFailure(Map<Message, ? extends Exception> failures) {
        super(failures.size() + " message(s) of the batch failed");
        if (failures.isEmpty()) {
            throw new IllegalArgumentException("a batch failure without a failed message");
        }
        this.failures = new HashMap<>(failures);
        this.failures.forEach((message, failure) -> Objects.requireNonNull(failure, message::toString));
    }

    int size() {
        return failures.size();
    }

    /** The failure of a message, or null if it is done. */
    @Nullable
    Exception of(Message message) {
        return failures.get(message);
    }
}
