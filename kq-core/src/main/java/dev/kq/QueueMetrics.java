package dev.kq;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a queue's counters, times and gauges in a Micrometer registry, each tagged with the queue's name, from its
 * start to its stop, and those of a partition as long as it is assigned. Reads what is counted anyway, so a record
 * costs nothing more. Thread-safe.
 */
final class QueueMetrics {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    /** The upper bounds of the buckets that are shown, in milliseconds. */
    private static final double[] BUCKETS = {
        0.01, 0.1, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000
    };

    private final MeterRegistry registry;
    private final Tags queue;
    private final List<Meter> meters = new ArrayList<>();
    /** A registry holds them weakly only. */
    private final List<LongSupplier> sources = new ArrayList<>();

    private final Map<Integer, KafkaClientMetrics> binders = new HashMap<>();
    private final Map<TopicPartition, Shown> partitions = new HashMap<>();

    /** The meters of an assigned partition. */
    private record Shown(OwnedPartition owner, List<Meter> meters) {}

    QueueMetrics(MeterRegistry registry, String queue) {
        this.registry = registry;
        this.queue = Tags.of("queue", queue);
    }

    void register(Engine engine) {
        count(engine.counters);
        gauge(
                "kq.lag",
                "Records from the first that is not done to the end of the log",
                () -> engine.lag().orElse(-1));
        gauge("kq.records.held", "Records fetched and not done", engine.partitions::held);
        gauge("kq.records.in.flight", "Records that workers have taken", engine.partitions::running);
        seconds(
                "kq.records.in.flight.oldest",
                "How long the oldest record has been in its handler",
                () -> engine.runs.longestBusyNanos(System.nanoTime()));
        gauge(
                "kq.fetchers.idle",
                "Fetchers without a partition",
                () -> engine.fetchers.stream()
                        .filter(fetcher -> fetcher.partitions() == 0)
                        .count());
        paused("user", engine, Pauses::byUser);
        paused("full", engine, Pauses::full);
        paused("unreadable", engine, Pauses::unreadable);
        secondsCount("kq.workers.starved", "Time that workers waited", engine.work::starvedNanos);
    }

    private void count(QueueCounters counters) {
        counter("kq.records.handled", "Records whose handler returned normally", counters.handled);
        counter("kq.records.failed", "Failures of a handler, each attempt counted", counters.failed);
        counter("kq.records.retried", "Attempts given to records that failed", counters.retried);
        counter("kq.records.dead.lettered", "Dead letters that were acknowledged", counters.deadLettered);
        counter("kq.records.skipped", "Records passed without success", counters.skipped);
        counter("kq.records.unreadable", "Offsets passed that could not be decoded", counters.unreadable);
        counter("kq.records.given.back", "Records fetched and dropped before a handler began", counters.givenBack);
        counter("kq.commits", "Commits that the broker acknowledged", counters.commits);
        counter("kq.commits.failed", "Commits that failed; they are tried again", counters.commitFailures);
        times("kq.handler.time", "From the call of the handler to its return", counters.handlerTime);
        times("kq.end.to.end.time", "From the record's timestamp until it was handled", counters.endToEnd);
        times("kq.queue.wait", "From the poll until a worker took the record", counters.queueWait);
        add(FunctionTimer.builder(
                        "kq.rebalances",
                        counters,
                        c -> c.rebalances.sum(),
                        c -> c.rebalanceNanos.sum(),
                        TimeUnit.NANOSECONDS)
                .description("Assignments and revocations, and the time that fetchers spent in them")
                .tags(queue)
                .register(registry));
        secondsCount(
                "kq.fetchers.paused", "Time in which a fetcher might not fetch anything", counters.pausedNanos::sum);
    }

    /** Shows Kafka's own meters of a fetcher's consumer too, in place of those of the one that it had before. */
    synchronized void bind(int fetcher, KafkaClientMetrics client) {
        KafkaClientMetrics before = binders.put(fetcher, client);
        if (before != null) {
            quietly(before::close); // each has a thread
        }
        quietly(() -> client.bindTo(registry));
    }

    /** Shows the partition as long as this assignment lasts. */
    synchronized void opened(OwnedPartition partition) {
        quietly(() -> show(partition));
    }

    private void show(OwnedPartition partition) {
        TopicPartition tp = partition.topicPartition();
        forget(tp);
        Tags tags = queue.and("topic", tp.topic(), "partition", Integer.toString(tp.partition()));
        partitions.put(
                tp,
                new Shown(
                        partition,
                        List.of(
                                Gauge.builder("kq.partition.lag", partition, OwnedPartition::lag)
                                        .description(
                                                "Records of the partition from the first that is not done to the end of the log")
                                        .tags(tags)
                                        .strongReference(true)
                                        .register(registry),
                                Gauge.builder("kq.partition.gap", partition, OwnedPartition::gap)
                                        .description("Records that are done and cannot be committed yet")
                                        .tags(tags)
                                        .strongReference(true)
                                        .register(registry))));
    }

    /** Ends what {@link #opened} began, unless another assignment of the partition has begun since. */
    synchronized void ended(OwnedPartition partition) {
        Shown shown = partitions.get(partition.topicPartition());
        if (shown != null && shown.owner == partition) {
            forget(partition.topicPartition());
        }
    }

    synchronized void remove() {
        binders.values().forEach(client -> quietly(client::close));
        binders.clear();
        meters.forEach(meter -> quietly(() -> registry.remove(meter)));
        meters.clear();
        sources.clear();
        List.copyOf(partitions.keySet()).forEach(this::forget);
    }

    /** What listeners of the registry throw is no reason to leave the rest undone, or to end the queue. */
    private static void quietly(Runnable change) {
        try {
            change.run();
        } catch (RuntimeException e) {
            log.warn("the meter registry failed: {}", e.toString(), e);
        }
    }

    private void gauge(String name, String text, DoubleSupplier value) {
        add(Gauge.builder(name, value::getAsDouble)
                .description(text)
                .tags(queue)
                .register(registry));
    }

    private void paused(String reason, Engine engine, ToIntFunction<Pauses> count) {
        DoubleSupplier sum = () -> engine.fetchers.stream()
                .mapToInt(fetcher -> count.applyAsInt(fetcher.pauses()))
                .sum();
        add(Gauge.builder("kq.partitions.paused", sum::getAsDouble)
                .description("Partitions that are not fetched")
                .tags(queue.and("reason", reason))
                .register(registry));
    }

    /** A time that is as long as it is at the moment. */
    private void seconds(String name, String text, LongSupplier nanos) {
        add(TimeGauge.builder(name, nanos::getAsLong, TimeUnit.NANOSECONDS)
                .description(text)
                .tags(queue)
                .register(registry));
    }

    /** A time that only grows. */
    private void secondsCount(String name, String text, LongSupplier nanos) {
        keep(nanos);
        add(FunctionCounter.builder(name, nanos, n -> n.getAsLong() / 1e9)
                .description(text)
                .baseUnit("seconds")
                .tags(queue)
                .register(registry));
    }

    private void counter(String name, String text, LongAdder count) {
        add(FunctionCounter.builder(name, count, LongAdder::sum)
                .description(text)
                .tags(queue)
                .register(registry));
    }

    /** Number and sum, and the cumulative buckets from which a server computes quantiles over many instances. */
    private void times(String name, String text, TimeHistogram times) {
        add(FunctionTimer.builder(
                        name,
                        times,
                        t -> t.snapshot().count(),
                        t -> t.snapshot().sumNanos(),
                        TimeUnit.NANOSECONDS)
                .description(text)
                .tags(queue)
                .register(registry));
        for (double millis : BUCKETS) {
            BigDecimal seconds = BigDecimal.valueOf(millis).movePointLeft(3).stripTrailingZeros();
            bucket(name, seconds.toPlainString(), times, snapshot -> snapshot.countUpTo((long) (millis * 1e6)));
        }
        bucket(name, "+Inf", times, TimeHistogram.Snapshot::count);
    }

    private void bucket(String name, String upTo, TimeHistogram times, ToDoubleFunction<TimeHistogram.Snapshot> count) {
        add(FunctionCounter.builder(name + ".buckets", times, t -> count.applyAsDouble(t.snapshot()))
                .description("How many took at most le seconds")
                .tags(queue.and("le", upTo))
                .register(registry));
    }

    private synchronized void keep(LongSupplier source) {
        sources.add(source);
    }

    private synchronized void add(Meter meter) {
        meters.add(meter);
    }

    private void forget(TopicPartition tp) {
        Shown shown = partitions.remove(tp);
        if (shown != null) {
            shown.meters.forEach(meter -> quietly(() -> registry.remove(meter)));
        }
    }
}
