package dev.kq;

/** What becomes of a record whose handler failed. Immutable. */
sealed interface Outcome {
    /** Another attempt after the nanoseconds given. */
    record Retry(long nanos) implements Outcome {}

    /** Written to the dead-letter topic; done when that is acknowledged. */
    record ToDeadLetters(String reason) implements Outcome {}

    /** Done without success. */
    record Pass(String reason) implements Outcome {}
}
