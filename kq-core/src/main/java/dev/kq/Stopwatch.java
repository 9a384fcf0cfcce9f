package dev.kq;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Measures the handler calls of one worker. Where records take no time to speak of, the clock is read once for several
 * of them, for reading it and counting would cost more than handling. Confined to its worker's thread.
 */
final class Stopwatch {
    /** A lap of several records that took longer has one slow record in it, not several. */
    private static final long LONG_LAP_NANOS = 100_000;

    private final QueueCounters counters;
    private final int stripe;
    private int lapLength;
    private int lap;
    private int succeeded;
    private long lapBegun;
    private long runBegun;
    /** Records of this run that were handled for the first time. */
    private int fresh;
    /**
     * The record that ended last, as an index: to keep the record itself would cost the collector's barrier each time.
     */
    private int last;

    Stopwatch(QueueCounters counters, int stripe) {
        this.counters = counters;
        this.stripe = stripe;
    }

    /**
     * A run begins; returns the time.
     *
     * @param recordsPerLap how many records share a reading of the clock
     */
    long begin(Run run, int recordsPerLap) {
        lapBegun = System.nanoTime();
        run.busySince(lapBegun);
        runBegun = lapBegun;
        fresh = 0;
        lapLength = recordsPerLap;
        return lapBegun;
    }

    /** A handler returned, or failed, for the record at this index. */
    void ended(Run run, int index, boolean success) {
        lap++;
        succeeded += success ? 1 : 0;
        fresh += run.attempt(index) == 1 ? 1 : 0; // a later attempt has waited for its backoff
        last = index;
        if (lap >= lapLength || !success) {
            run.busySince(endLap(run));
        }
    }

    /** The run is over; returns the time. */
    long end(Run run) {
        run.idle();
        countWait(run);
        return lap > 0 ? endLap(run) : lapBegun;
    }

    /** Of those that were handled only: what was taken back from the run waits on, and comes in another one. */
    private void countWait(Run run) {
        if (fresh > 0) {
            counters.queueWait.record(stripe, runBegun - run.polledNanos(), fresh);
        }
    }

    /** A batch is over, of which each record took as long as all of it. */
    void endBatch(Run run, @Nullable Exception[] failures) {
        run.idle();
        for (int i = 0; i < run.size(); i++) {
            fresh += run.attempt(i) == 1 ? 1 : 0;
        }
        countWait(run);
        counters.handlerTime.record(stripe, System.nanoTime() - lapBegun, run.size());
        long now = System.currentTimeMillis();
        for (int i = 0; i < run.size(); i++) {
            if (failures[i] == null) {
                countEndToEnd(run.record(i), now, 1);
            }
        }
    }

    private long endLap(Run run) {
        long now = System.nanoTime();
        count(now - lapBegun);
        if (succeeded > 0) {
            countEndToEnd(run.record(last), System.currentTimeMillis(), succeeded);
        }
        lapBegun = now;
        lap = 0;
        succeeded = 0;
        return now;
    }

    private void countEndToEnd(ConsumerRecord<byte[], byte[]> record, long nowMillis, int records) {
        if (record.timestamp() >= 0) {
            long millis = Math.max(0, nowMillis - record.timestamp());
            counters.endToEnd.record(stripe, millis * 1_000_000, records);
        }
    }

    private void count(long nanos) {
        if (lap > 1 && nanos > LONG_LAP_NANOS) {
            counters.handlerTime.record(stripe, nanos, 1);
            counters.handlerTime.record(stripe, 0, lap - 1L);
        } else {
            counters.handlerTime.record(stripe, nanos / lap, lap);
        }
    }
}
