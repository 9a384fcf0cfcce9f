package dev.kq;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Shows a queue's counters and gauges in a Micrometer registry, each tagged with the queue's name, from its start to
 * its stop. Reads what is counted anyway, so a record costs nothing more. Thread-safe.
 */
final class QueueMetrics {
    private final MeterRegistry registry;
    private final String queue;
    private final List<Meter> meters = new ArrayList<>();

    QueueMetrics(MeterRegistry registry, String queue) {
        this.registry = registry;
        this.queue = queue;
    }

    synchronized void register(QueueCounters counters, DoubleSupplier lag, DoubleSupplier held, DoubleSupplier idle) {
        counter("kq.records.handled", "Records whose handler returned normally", counters.handled);
        counter("kq.records.failed", "Failures of a handler, each attempt counted", counters.failed);
        counter("kq.records.retried", "Attempts given to records that failed", counters.retried);
        counter("kq.records.dead.lettered", "Dead letters that were acknowledged", counters.deadLettered);
        counter("kq.records.skipped", "Records passed without success", counters.skipped);
        counter("kq.records.unreadable", "Offsets passed that could not be decoded", counters.unreadable);
        counter("kq.records.given.back", "Records fetched and dropped before a handler began", counters.givenBack);
        gauge("kq.lag", "Records from the first that is not done to the end of the log", lag);
        gauge("kq.records.held", "Records fetched and not done", held);
        gauge("kq.fetchers.idle", "Fetchers without a partition", idle);
    }

    synchronized void remove() {
        meters.forEach(registry::remove);
        meters.clear();
    }

    private void counter(String name, String text, LongAdder count) {
        meters.add(FunctionCounter.builder(name, count, LongAdder::sum)
                .description(text)
                .tag("queue", queue)
                .register(registry));
    }

    private void gauge(String name, String text, DoubleSupplier value) {
        meters.add(Gauge.builder(name, value::getAsDouble)
                .description(text)
                .tag("queue", queue)
                .register(registry));
    }
}
