package dev.kq;

import java.util.List;

/**
 * How a queue is at one moment.
 *
 * @param status up, degraded or down
 * @param live whether nothing is broken that only a new process can mend: no failure has ended the queue, and its
 *     fetchers come round their loops. A queue that was not started, or was stopped, is live
 * @param ready whether it takes part: it runs, every fetcher is a member of the group, with partitions or in reserve,
 *     and polling succeeds
 * @param reasons what is wrong or not there yet, a sentence each; empty when up and ready
 */
public record Health(Status status, boolean live, boolean ready, List<String> reasons) {
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
