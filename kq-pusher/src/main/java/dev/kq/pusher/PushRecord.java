package dev.kq.pusher;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * A record to push with more than a key and a value: headers, an explicit partition, an explicit time. Immutable, may
 * be pushed any number of times and from any thread. Byte arrays are not copied: do not change them before the push is
 * acknowledged.
 */
public final class PushRecord {
    private final byte @Nullable [] key;
    private final byte @Nullable [] value;
    private final @Nullable Integer partition;
    private final @Nullable Long timestamp;
    private final List<Header> headers;

    private PushRecord(Builder builder) {
        this.key = builder.key;
        this.value = builder.value;
        this.partition = builder.partition;
        this.timestamp = builder.timestamp;
        this.headers = List.copyOf(builder.headers);
    }

    /** A record with a value and no key. A null value is an empty record. */
    public static PushRecord of(@Nullable String value) {
        return builder().value(value).build();
    }

    /** A record with a key and a value. A null key is no key, a null value a tombstone. */
    public static PushRecord of(@Nullable String key, @Nullable String value) {
        return builder().key(key).value(value).build();
    }

    /** A builder of a record with neither key nor value. */
    public static Builder builder() {
        return new Builder();
    }

    ProducerRecord<byte[], byte[]> to(String topic) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers);
    }

    /** Builds a {@link PushRecord}. Not safe for several threads. */
    public static final class Builder {
        private byte @Nullable [] key;
        private byte @Nullable [] value;
        private @Nullable Integer partition;
        private @Nullable Long timestamp;
        private final List<Header> headers = new ArrayList<>();

        private Builder() {}

        /** The key, as UTF-8. Default: null, no key. */
        public Builder key(@Nullable String key) {
            this.key = Utf8.bytes(key);
            return this;
        }

        /** The key, as it is. Default: null, no key. */
        public Builder key(byte @Nullable [] key) {
            this.key = key;
            return this;
        }

        /** The value, as UTF-8. Default: null, a tombstone. */
        public Builder value(@Nullable String value) {
            this.value = Utf8.bytes(value);
            return this;
        }

        /** The value, as it is. Default: null, a tombstone. */
        public Builder value(byte @Nullable [] value) {
            this.value = value;
            return this;
        }

        /**
         * The partition to write to, from 0. Default: chosen by the key or, without one, by the producer.
         *
         * @throws IllegalArgumentException if negative
         */
        public Builder partition(int partition) {
            if (partition < 0) {
                throw new IllegalArgumentException("partition " + partition + ": must be 0 or more");
            }
            this.partition = partition;
            return this;
        }

        /**
         * The time of the record, kept to the millisecond. Default: the time of the push. A topic with
         * {@code message.timestamp.type=LogAppendTime} replaces it.
         *
         * @throws IllegalArgumentException if before 1970
         */
        public Builder timestamp(Instant timestamp) {
            long millis = timestamp.toEpochMilli();
            if (millis < 0) {
                throw new IllegalArgumentException("timestamp " + timestamp + ": must not be before 1970");
            }
            this.timestamp = millis;
            return this;
        }

        /** Adds a header, its value as UTF-8. The same name may be added several times; a null value stays null. */
        public Builder header(String name, @Nullable String value) {
            return header(name, Utf8.bytes(value));
        }

        /** Adds a header, its value as it is. The same name may be added several times; a null value stays null. */
        public Builder header(String name, byte @Nullable [] value) {
            headers.add(new RecordHeader(Objects.requireNonNull(name, "header name"), value));
            return this;
        }

        /** The record as built so far. */
        public PushRecord build() {
            return new PushRecord(this);
        }
    }
}
