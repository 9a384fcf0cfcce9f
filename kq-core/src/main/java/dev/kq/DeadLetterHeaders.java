package dev.kq;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Writes into the headers of a dead letter where it came from and why. Immutable. */
final class DeadLetterHeaders {
    private final String group;
    private final boolean springToo;

    DeadLetterHeaders(String group, boolean springToo) {
        this.group = group;
        this.springToo = springToo;
    }

    /** The record's own headers as they are, followed by ours. */
    Headers of(ConsumerRecord<byte[], byte[]> record, int attempts, Exception failure, String reason, Instant now) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        put(headers, "kq-original-topic", record.topic());
        put(headers, "kq-original-partition", Integer.toString(record.partition()));
        put(headers, "kq-original-offset", Long.toString(record.offset()));
        put(headers, "kq-original-timestamp", Long.toString(record.timestamp()));
        put(headers, "kq-attempts", Integer.toString(attempts));
        put(headers, "kq-reason", reason);
        put(headers, "kq-exception-class", failure.getClass().getName());
        put(headers, "kq-exception-message", failure.getMessage());
        put(headers, "kq-consumer-group", group);
        put(headers, "kq-failed-at", now.toString());
        if (springToo) {
            putSprings(headers, record, failure);
        }
        return headers;
    }

    /** The names and encodings that Spring Kafka's recoverer uses. */
    private void putSprings(Headers headers, ConsumerRecord<byte[], byte[]> record, Exception failure) {
        Throwable cause = failure.getCause();
        put(headers, "kafka_dlt-original-topic", record.topic());
        headers.add(
                "kafka_dlt-original-partition",
                ByteBuffer.allocate(4).putInt(record.partition()).array());
        headers.add(
                "kafka_dlt-original-offset",
                ByteBuffer.allocate(8).putLong(record.offset()).array());
        headers.add(
                "kafka_dlt-original-timestamp",
                ByteBuffer.allocate(8).putLong(record.timestamp()).array());
        put(headers, "kafka_dlt-original-timestamp-type", record.timestampType().toString());
        put(headers, "kafka_dlt-original-consumer-group", group);
        put(headers, "kafka_dlt-exception-fqcn", failure.getClass().getName());
        put(
                headers,
                "kafka_dlt-exception-cause-fqcn",
                cause == null ? null : cause.getClass().getName());
        put(headers, "kafka_dlt-exception-message", failure.getMessage());
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        put(headers, "kafka_dlt-exception-stacktrace", trace.toString());
    }

    private static void put(Headers headers, String name, @Nullable String value) {
        if (value != null) {
            headers.add(name, value.getBytes(StandardCharsets.UTF_8));
        }
    }
}
