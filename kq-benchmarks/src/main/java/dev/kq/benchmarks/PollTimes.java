package dev.kq.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Notes when {@code poll} returned each record of a {@link SteadyFeed}, whoever polls. Made by Kafka's client. */
public final class PollTimes implements ConsumerInterceptor<Object, Object> {
    private static final Map<String, Long> POLLED = new ConcurrentHashMap<>();

    /** The nanoTime at which the record was polled, once. */
    static long take(String value) {
        Long nanos = POLLED.remove(value);
        if (nanos == null) {
            throw new IllegalStateException("handled twice or never polled: " + value);
        }
        return nanos;
    }

    static void clear() {
        POLLED.clear();
    }

    @Override
    public ConsumerRecords<Object, Object> onConsume(ConsumerRecords<Object, Object> records) {
        long now = System.nanoTime();
        for (ConsumerRecord<Object, Object> record : records) {
            Object value = record.value();
            POLLED.put(value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : (String) value, now);
        }
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
}
