package dev.kq.examples.payments;

import dev.kq.errors.KqException;
import java.io.IOException;
import java.io.PrintStream;

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

    /** A run, with whatever may go wrong. */
    interface Run {
        int exitCode() throws IOException, InterruptedException;
    }

    /** Runs it; if it fails, one line says why, and the exit code is that of the failure. */
    static int exitCode(PrintStream err, StopSignal signal, Run run) {
        try {
            return run.exitCode();
        } catch (RunFailure e) {
            err.println("kq: " + (signal.requested() ? "stopped before the end: " : "") + e.line());
            return e.exitCode;
        } catch (KqException e) {
            err.println("kq: " + e.getMessage());
            return 2;
        } catch (IOException e) {
            err.println("kq: " + e);
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (RuntimeException e) {
            if (!signal.requested()) {
                throw e;
            }
            err.println("kq: stopped before the end: " + e.getMessage()); // nothing can start in a JVM that ends
            return 1;
        }
    }

    /** The message, which is never null here. */
    String line() {
        return String.valueOf(getMessage());
    }
}
