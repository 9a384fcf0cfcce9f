package dev.kq;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One message with all that Kafka knows of it. Immutable as long as nobody writes into the arrays and headers that it
 * returns, which belong to it.
 */
public final class Message {
    private final ConsumerRecord<byte[], byte[]> record;
    private final int attempt;

    Message(ConsumerRecord<byte[], byte[]> record, int attempt) {
        this.record = record;
        this.attempt = attempt;
    }

    /** The topic that the message was read from. */
    public String topic() {
        return record.topic();
    }

    /** The partition of the topic, from 0. */
    public int partition() {
        return record.partition();
    }

    /** The message's place in its partition. */
    public long offset() {
        return record.offset();
    }

    /** Milliseconds since 1970-01-01 UTC, set by the producer or the broker as the topic says; -1 if there is none. */
    public long timestamp() {
        return record.timestamp();
    }

    /**
     * The key decoded as UTF-8, or null if the message has none.
     *
     * @throws NonRetryable if the bytes are not UTF-8; {@link #keyBytes()} has them
     */
    public @Nullable String key() {
        return Utf8.of("key", record.key());
    }

    /**
     * The value decoded as UTF-8, or null if the message has none (a tombstone).
     *
     * @throws NonRetryable if the bytes are not UTF-8; {@link #valueBytes()} has them
     */
    public @Nullable String value() {
        return Utf8.of("value", record.value());
    }

    /** The key as it came, not a copy, or null. */
    public byte @Nullable [] keyBytes() {
        return record.key();
    }

    /** The value as it came, not a copy, or null. */
    public byte @Nullable [] valueBytes() {
        return record.value();
    }

    /** The record's headers; empty if there are none. */
    public Headers headers() {
        return record.headers();
    }

    /**
     * The value of the last header of this name decoded as UTF-8, or null if there is no such header or it has no
     * value.
     *
     * @throws NonRetryable if the bytes are not UTF-8; {@link #headers()} has them
     */
    public @Nullable String header(String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : Utf8.of("header " + name, header.value());
    }

    /** How often the message has been given to the handler since it was polled, this time included: 1, 2, … */
    public int attempt() {
        return attempt;
    }

    /** Topic, partition, offset and attempt; no key and no value. */
    @Override
    public String toString() {
        return record.topic() + "-" + record.partition() + "@" + record.offset() + ", attempt " + attempt;
    }
}
