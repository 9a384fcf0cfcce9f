package dev.kq;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Makes records for tests. */
final class Records {
    static final TopicPartition TP = new TopicPartition("t", 0);

    private Records() {}

    static ConsumerRecord<byte[], byte[]> record(long offset, @Nullable String key) {
        return record(TP, offset, key, "v" + offset);
    }

    static ConsumerRecord<byte[], byte[]> record(
            TopicPartition tp, long offset, @Nullable String key, @Nullable String value) {
        byte[] k = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        byte[] v = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return new ConsumerRecord<>(
                tp.topic(),
                tp.partition(),
                offset,
                1_700_000_000_000L,
                TimestampType.CREATE_TIME,
                k == null ? ConsumerRecord.NULL_SIZE : k.length,
                v == null ? ConsumerRecord.NULL_SIZE : v.length,
                k,
                v,
                new RecordHeaders(),
                Optional.empty());
    }
}
