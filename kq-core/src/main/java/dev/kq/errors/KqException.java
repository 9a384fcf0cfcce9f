package dev.kq.errors;

import org.jspecify.annotations.Nullable;

/** The root of everything that kq throws: a bad configuration, misuse, or a queue that ended with a failure. */
public class KqException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception with a message for a person: what, where, and what is allowed. */
    public KqException(String message) {
        super(message);
    }

    /** An exception with a message for a person and the failure behind it. */
    public KqException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
