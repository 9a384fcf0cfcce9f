package dev.kq.cli;

import dev.kq.pusher.PushRecord;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter: what its headers say of where it came from and why, kq's own or, where there are none, Spring Kafka's.
 * Immutable.
 */
record Letter(ConsumerRecord<byte[], byte[]> record) {
    /** Marks a message that was replayed, with the place of its dead letter. */
    static final String REPLAYED_FROM = "kq-replayed-from";

    /** The topic in which it failed; null if no header says so. */
    @Nullable
    String originalTopic() {
        return header("kq-original-topic", "kafka_dlt-original-topic");
    }

    /** The class of the last failure; null if no header says so. */
    @Nullable
    String exceptionClass() {
        return header("kq-exception-class", "kafka_dlt-exception-fqcn");
    }

    /** When it was given up; the record's own time if no header says so. */
    Instant failedAt() {
        String written = header("kq-failed-at", "kq-failed-at");
        if (written != null) {
            try {
                return Instant.parse(written);
            } catch (DateTimeException e) {
                // not ours, then
            }
        }
        return Instant.ofEpochMilli(Math.max(0, record.timestamp()));
    }

    /** Whether it had been replayed and failed again. */
    boolean replayedBefore() {
        return record.headers().lastHeader(REPLAYED_FROM) != null;
    }

    /** The message as it was, marked as replayed. Its time is that of the push, so that it outlives the retention. */
    PushRecord replayed() {
        byte[] key = record.key();
        byte[] value = record.value();
        PushRecord.Builder again = PushRecord.builder().key(key).value(value);
        for (Header header : record.headers()) {
            if (!header.key().startsWith("kq-") && !header.key().startsWith("kafka_dlt-")) {
                byte[] bytes = header.value();
                again.header(header.key(), bytes);
            }
        }
        return again.header(REPLAYED_FROM, record.topic() + "-" + MessagePosition.of(record))
                .build();
    }

    /** The text of the last header of that name, or else of the other name. */
    private @Nullable String header(String name, String orElse) {
        Header header = record.headers().lastHeader(name);
        if (header == null) {
            header = record.headers().lastHeader(orElse);
        }
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}
