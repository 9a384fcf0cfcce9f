package dev.kq;

/** Thrown by a handler to pass its message: it is counted as skipped, logged, and committed. */
public final class Skip extends HandlerDecision {
    private static final long serialVersionUID = 1L;

    /** Passes the message, with the reason for the log. */
    public Skip(String reason) {
        super(reason, null);
    }
}
