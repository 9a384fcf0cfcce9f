package dev.kq.pusher;

import dev.kq.testkit.EmbeddedKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a whole topic as it is now, committed records only. */
final class TopicReader {
    private TopicReader() {}

    static List<ConsumerRecord<String, String>> all(EmbeddedKafka kafka, String topic) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "earliest");
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo partition : consumer.partitionsFor(topic)) {
                partitions.add(new TopicPartition(topic, partition.partition()));
            }
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (!partitions.stream()
                    .allMatch(partition -> consumer.position(partition) >= ends.getOrDefault(partition, 0L))) {
                consumer.poll(Duration.ofSeconds(1)).forEach(all::add);
            }
        }
        return all;
    }

    /** The partitions and where their replicas are. */
    static List<PartitionInfo> partitions(EmbeddedKafka kafka, String topic) {
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(kafka.clientProperties(), new StringDeserializer(), new StringDeserializer())) {
            return consumer.partitionsFor(topic);
        }
    }
}
