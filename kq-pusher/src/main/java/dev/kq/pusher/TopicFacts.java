package dev.kq.pusher;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What the brokers said about a topic that decides whether they take a record. Broker and producer handle a chunk as
 * one: a record that the broker refuses would take the others of its chunk along, so it is refused before it gets into
 * one.
 *
 * @param partitions how many there are
 * @param maxBytes the largest record, before compression; the producer divides a chunk that is too large, but with a
 *     record that is too large by itself it can divide the same chunk until the delivery timeout
 * @param keyNeeded whether the topic is compacted, so that a record needs a key
 * @param maxAgeMillis how far before now the time given with a record may lie
 * @param maxAheadMillis how far after now the time given with a record may lie
 */
record TopicFacts(int partitions, int maxBytes, boolean keyNeeded, long maxAgeMillis, long maxAheadMillis) {
    private static final long CHUNK_OVERHEAD = 61;
    private static final int LENGTH = 5;
    private static final long RECORD_OVERHEAD = 21 + 3 * LENGTH;

    /** Facts that let everything through. */
    static TopicFacts unlimited(int partitions) {
        return new TopicFacts(partitions, Integer.MAX_VALUE, false, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Why the topic cannot take the record; null if it can. */
    @Nullable
    ApiException refusal(ProducerRecord<byte[], byte[]> record) {
        long bytes = largestSize(record);
        if (bytes > maxBytes) {
            return new RecordTooLargeException("the record takes up to " + bytes + " bytes and the topic takes "
                    + maxBytes + " (max.message.bytes)");
        }
        String reason = reason(record);
        return reason == null ? null : new InvalidRecordException(reason);
    }

    private @Nullable String reason(ProducerRecord<byte[], byte[]> record) {
        Integer partition = record.partition();
        if (partition != null && partition >= partitions) {
            return "partition " + partition + " does not exist; the topic has " + partitions + ", counted from 0";
        }
        if (keyNeeded && record.key() == null) {
            return "a record without a key; the topic is compacted (cleanup.policy), so each record needs one";
        }
        Long timestamp = record.timestamp();
        return timestamp == null ? null : reason(timestamp, System.currentTimeMillis());
    }

    @Nullable
    String reason(long timestamp, long nowMillis) {
        if (nowMillis - timestamp > maxAgeMillis) {
            return "timestamp " + timestamp + " is more than " + maxAgeMillis
                    + " ms ago (message.timestamp.before.max.ms of the topic)";
        }
        if (timestamp - nowMillis > maxAheadMillis) {
            return "timestamp " + timestamp + " is more than " + maxAheadMillis
                    + " ms ahead (message.timestamp.after.max.ms of the topic)";
        }
        return null;
    }

    /** The producer's own upper bound, rounded up where it counts the bytes of a length. */
    private static long largestSize(ProducerRecord<byte[], byte[]> record) {
        long bytes = CHUNK_OVERHEAD + RECORD_OVERHEAD + size(record.key()) + size(record.value());
        for (Header header : record.headers().toArray()) {
            bytes += 2L * LENGTH + 3L * header.key().length() + size(header.value());
        }
        return bytes;
    }

    private static int size(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
