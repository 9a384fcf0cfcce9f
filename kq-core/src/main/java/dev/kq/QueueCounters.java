package dev.kq;

import java.util.concurrent.atomic.LongAdder;

/** Counts what became of the records of a queue, and what that took. Thread-safe. */
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
    /** From the call of the handler to its return, each attempt by itself. */
    final TimeHistogram handlerTime = new TimeHistogram();
    /** From the timestamp of the record until its handler returned normally. */
    final TimeHistogram endToEnd = new TimeHistogram();
    /** From the return of the poll that brought the record until a worker took it. */
    final TimeHistogram queueWait = new TimeHistogram();
    /** Acknowledged by the broker. */
    final LongAdder commits = new LongAdder();

    final LongAdder commitFailures = new LongAdder();
    /** Assignments, revocations and losses of partitions. */
    final LongAdder rebalances = new LongAdder();
    /** Time that fetchers spent giving partitions up and taking them over. */
    final LongAdder rebalanceNanos = new LongAdder();
    /** Time in which a fetcher might not fetch anything. */
    final LongAdder pausedNanos = new LongAdder();
    /** Dropped before a handler began, at a revoke or stop; they are delivered again. */
    final LongAdder givenBack = new LongAdder();
}
