package dev.kq;

import java.util.concurrent.atomic.LongAdder;

/** Counts what became of the records of a queue. Thread-safe. */
final class QueueCounters {
    /** Handler returned normally. */
    final LongAdder handled = new LongAdder();
    /** Handler threw, each attempt counted. */
    final LongAdder failed = new LongAdder();
    /** Given another attempt. */
    final LongAdder retried = new LongAdder();
    /** Acknowledged by the dead-letter topic. */
    final LongAdder deadLettered = new LongAdder();
    /** Passed without success. */
    final LongAdder skipped = new LongAdder();
    /** Passed because Kafka's client could not decode them. */
    final LongAdder unreadable = new LongAdder();
    /** Dropped before a handler began, at a revoke or stop; they are delivered again. */
    final LongAdder givenBack = new LongAdder();
}
