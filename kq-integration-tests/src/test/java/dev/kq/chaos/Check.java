package dev.kq.chaos;

import java.util.List;

/** A promise of the queue, checked over all that was recorded. */
interface Check {
    /** Each breach in a sentence; empty if the promise was kept. */
    List<String> breaches(Evidence evidence);
}
