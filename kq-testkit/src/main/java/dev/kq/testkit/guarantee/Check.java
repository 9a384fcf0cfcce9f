package dev.kq.testkit.guarantee;

import java.util.List;

/** A promise of the queue, checked over all that was recorded. A check keeps nothing between two calls. */
public interface Check {
    /** Each breach in a sentence; empty if the promise was kept. */
    List<String> breaches(Evidence evidence);

    /** What the check is called in a report. */
    default String name() {
        return getClass().getSimpleName();
    }
}
