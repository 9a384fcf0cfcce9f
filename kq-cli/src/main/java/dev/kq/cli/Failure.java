package dev.kq.cli;

import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/** Ends a command: one line for the user and the exit code. Thrown on the main thread. */
final class Failure extends RuntimeException {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int UNREACHABLE = 3;
    static final int PARTLY = 4;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private Failure(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    static Failure failed(String message, @Nullable Throwable cause) {
        return new Failure(FAILED, message, cause);
    }

    static Failure wrongUsage(String message, @Nullable Throwable cause) {
        return new Failure(WRONG_USAGE, message, cause);
    }

    static Failure unreachable(String message, @Nullable Throwable cause) {
        return new Failure(UNREACHABLE, message, cause);
    }

    int exitCode() {
        return exitCode;
    }

    /** What Kafka says: a failed start wraps it. */
    static String reason(Throwable failure) {
        Throwable said = failure;
        while (!(said instanceof ApiException) && said.getCause() != null) {
            said = said.getCause();
        }
        String message = said.getMessage();
        return message == null ? said.getClass().getSimpleName() : message;
    }
}
