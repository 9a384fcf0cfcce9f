package dev.kq;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the engine calls for each record: every kind of handler that a user may write is turned into one of these. */
@FunctionalInterface
interface RecordHandler {
    void handle(ConsumerRecord<byte[], byte[]> record, int attempt) throws Exception;
}
