package dev.kq;

import java.util.List;

/**
 * How a queue is at one moment.
 *
 * @param status up, degraded or down
 * @param reasons what is wrong, a sentence each; empty when up
 */
public record Health(Status status, List<String> reasons) {
    /** The kinds of health. */
    public enum Status {
        /** It runs and nothing is known to be wrong. */
        UP,
        /** It runs and tries, but something is in its way: it recovers by itself when that is gone. */
        DEGRADED,
        /** It was not started, was stopped, or ended with a failure. */
        DOWN
    }

    /** The reasons are copied. */
    public Health {
        reasons = List.copyOf(reasons);
    }
}
