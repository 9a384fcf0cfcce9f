package dev.kq.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A message that the queue gave up and wrote to the dead-letter topic. Texts are UTF-8. Immutable.
 *
 * @param topic the dead-letter topic
 * @param key that of the message; null if it has none
 * @param value that of the message; null if it has none
 * @param headers those of the message and those of kq ({@code kq-reason}, {@code kq-attempts} and so on), in their
 *     order; of several with one name the last
 * @param timestamp that of the message
 */
public record DeadLetterRecord(
        String topic, @Nullable String key, @Nullable String value, Map<String, String> headers, Instant timestamp) {
    static DeadLetterRecord of(ProducerRecord<byte[], byte[]> written) {
        Map<String, String> headers = new LinkedHashMap<>();
        written.headers().forEach(header -> headers.put(header.key(), String.valueOf(text(header.value()))));
        Long timestamp = written.timestamp();
        return new DeadLetterRecord(
                written.topic(),
                text(written.key()),
                text(written.value()),
                headers,
                Instant.ofEpochMilli(timestamp == null ? -1 : timestamp));
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
