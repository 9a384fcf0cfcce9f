package dev.kq.examples.payments;

/**
 * Ends an example with one line for the person who started it, and an exit code: 1 it went wrong, 2 it cannot start.
 */
final class RunFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private RunFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Something went wrong on the way. */
    static RunFailure wentWrong(String message) {
        return new RunFailure(1, message);
    }

    /** It cannot start like this: an option, a file, a broker. */
    static RunFailure cannotStart(String message) {
        return new RunFailure(2, message);
    }

    int exitCode() {
        return exitCode;
    }

    /** The message, which is never null here. */
    String line() {
        return String.valueOf(getMessage());
    }
}
