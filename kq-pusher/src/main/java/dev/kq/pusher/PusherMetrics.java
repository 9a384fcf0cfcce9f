package dev.kq.pusher;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;

/**
 * Shows a pusher's counts, its buffer and the time to the acknowledgement in a Micrometer registry, from its making to
 * the end of its close. Stands around the sending, on the threads that push. Thread-safe.
 */
final class PusherMetrics implements BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> {
    private final MeterRegistry registry;
    private final Tags tags;
    private final BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> sending;
    private final Timer acknowledged;

    /** Filled by the constructor; guarded by this. */
    private final List<Meter> meters = new ArrayList<>();

    PusherMetrics(
            MeterRegistry registry,
            String clientId,
            String topic,
            LiveProducer producer,
            DeliveryCounts counts,
            BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> sending) {
        this.registry = registry;
        this.tags = Tags.of("topic", topic, "pusher", clientId);
        this.sending = sending;
        acknowledged = Timer.builder("kq.push.time")
                .description("From the push to the acknowledgement")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(2))
                .tags(tags)
                .register(registry);
        meters.add(acknowledged);
        counter(
                "kq.push.delivered",
                "Records that were acknowledged",
                counts,
                c -> c.stats().delivered());
        counter("kq.push.failed", "Records that failed", counts, c -> c.stats().failed());
        gauge(
                "kq.push.pending",
                "Records neither acknowledged nor failed",
                counts,
                c -> c.stats().pending());
        counter(
                "kq.push.bytes",
                "Bytes that left for the brokers, compressed",
                producer,
                p -> sum(p, "outgoing-byte-total"));
        gauge(
                "kq.push.buffer.used",
                "Bytes of the buffer that hold records",
                producer,
                p -> sum(p, "buffer-total-bytes") - sum(p, "buffer-available-bytes"));
        gauge("kq.push.buffer.size", "Bytes of the buffer", producer, p -> sum(p, "buffer-total-bytes"));
    }

    @Override
    public Delivery apply(ProducerRecord<byte[], byte[]> record, Delivery.Outcomes outcomes) {
        long from = System.nanoTime();
        Delivery delivery = sending.apply(record, outcomes);
        var unused = delivery.whenComplete((result, failure) -> {
            if (failure == null) {
                acknowledged.record(System.nanoTime() - from, TimeUnit.NANOSECONDS);
            }
        });
        return delivery;
    }

    synchronized void remove() {
        meters.forEach(registry::remove);
        meters.clear();
    }

    private <T> void counter(String name, String text, T source, ToDoubleFunction<T> count) {
        meters.add(FunctionCounter.builder(name, source, count)
                .description(text)
                .tags(tags)
                .register(registry));
    }

    private <T> void gauge(String name, String text, T source, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, source, value)
                .description(text)
                .tags(tags)
                .strongReference(true)
                .register(registry));
    }

    /** Kafka's own count; 0 if there is none of that name. */
    private static double sum(LiveProducer producer, String name) {
        for (Metric metric : producer.now().metrics().values()) {
            if (metric.metricName().name().equals(name)
                    && metric.metricName().group().equals("producer-metrics")
                    && metric.metricValue() instanceof Double value) {
                return value;
            }
        }
        return 0;
    }
}
