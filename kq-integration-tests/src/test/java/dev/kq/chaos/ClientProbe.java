package dev.kq.chaos;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes down what a Kafka consumer of the queue gets and what it has committed, without the engine knowing. Kafka
 * calls it on the fetcher's thread: with records before the engine sees them, with offsets after the broker
 * acknowledged them. Public because Kafka makes it.
 */
public final class ClientProbe implements ConsumerInterceptor<byte[], byte[]> {
    private static volatile EventLog log;

    private String client = "";

    static void writeTo(EventLog eventLog) {
        log = eventLog;
    }

    @Override
    public void configure(Map<String, ?> configs) {
        client = String.valueOf(configs.get("client.id"));
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition tp : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> polled = records.records(tp);
            long first = polled.get(0).offset();
            long to = polled.get(polled.size() - 1).offset() + 1;
            log.record(Event.Kind.POLLED, tp.partition(), first, to, client);
        }
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((tp, offset) -> log.record(Event.Kind.COMMITTED, tp.partition(), offset.offset(), client));
    }

    @Override
    public void close() {}
}
