package dev.kq.benchmarks;

import dev.kq.pusher.BareProducer;
import dev.kq.pusher.PusherBuilder;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.MetricName;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's producer as a careful user has it: one callback for all records that counts failures. The least that does not
 * lose a failure.
 */
final class BareContender implements Contender {
    private final KafkaProducer<String, String> producer;
    private final LongAdder failures = new LongAdder();
    private final Callback counting = (metadata, failure) -> {
        if (failure != null) {
            failures.increment();
        }
    };

    BareContender(PusherBuilder settings) {
        this.producer = BareProducer.like(settings, "bare");
    }

    @Override
    public void push(@Nullable String key, String value) {
        Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(BrokerProcess.TOPIC, key, value), counting);
    }

    @Override
    public void push(@Nullable String key, String value, Runnable acknowledged) {
        Future<RecordMetadata> unused =
                producer.send(new ProducerRecord<>(BrokerProcess.TOPIC, key, value), (metadata, failure) -> {
                    counting.onCompletion(metadata, failure);
                    acknowledged.run();
                });
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public long failures() {
        return failures.sum();
    }

    /** A number that the producer counts from its beginning. */
    double total(String metric) {
        for (var entry : producer.metrics().entrySet()) {
            MetricName name = entry.getKey();
            if (name.group().equals("producer-metrics")
                    && name.name().equals(metric)
                    && entry.getValue().metricValue() instanceof Number number) {
                return number.doubleValue();
            }
        }
        throw new IllegalStateException("the producer has no metric " + metric);
    }

    @Override
    public void close() {
        producer.close();
    }
}
