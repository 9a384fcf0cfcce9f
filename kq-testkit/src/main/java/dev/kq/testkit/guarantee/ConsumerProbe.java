package dev.kq.testkit.guarantee;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a Kafka consumer of the queue gets and what it has committed, without the engine knowing. Kafka
 * makes it, see {@link EventLog#consumerProperties}, and calls it on the fetcher's thread: with records before the
 * engine sees them, with offsets after the broker acknowledged them.
 */
public final class ConsumerProbe implements ConsumerInterceptor<byte[], byte[]> {
    private @Nullable EventLog log;
    private String client = "";

    /** For Kafka. */
    public ConsumerProbe() {}

    @Override
    public void configure(Map<String, ?> configs) {
        log = EventLog.of(configs);
        client = String.valueOf(configs.get("client.id"));
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition tp : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> polled = records.records(tp);
            long first = polled.get(0).offset();
            long to = polled.get(polled.size() - 1).offset() + 1;
            record(Event.Kind.POLLED, tp, first, to);
        }
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((tp, offset) -> record(Event.Kind.COMMITTED, tp, offset.offset(), offset.offset()));
    }

    private void record(Event.Kind kind, TopicPartition tp, long offset, long to) {
        if (log != null && log.isAbout(tp.topic())) {
            log.record(kind, tp.partition(), offset, to, client);
        }
    }

    @Override
    public void close() {}
}
