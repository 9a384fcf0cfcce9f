package dev.kq.testkit.guarantee;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Knows which records a topic has, with their keys: what has to be handled. Offsets may have gaps, as transactions and
 * compaction leave them. Immutable.
 */
public final class TopicRecords {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<long[]> offsets = new ArrayList<>();
    private final List<String[]> keys = new ArrayList<>();

    private TopicRecords(List<SortedMap<Long, String>> partitions) {
        for (SortedMap<Long, String> partition : partitions) {
            offsets.add(partition.keySet().stream().mapToLong(Long::longValue).toArray());
            keys.add(partition.values().toArray(String[]::new));
        }
    }

    /** A builder to fill by hand. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads the topic from its beginning to its present end, what was committed only.
     *
     * @param clientProperties how to connect
     * @throws IllegalStateException if it takes more than a minute without a record
     */
    public static Builder read(Map<String, Object> clientProperties, String topic) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        Builder builder = builder();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            partitions.forEach(tp -> builder.partition(tp.partition()));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long last = System.nanoTime();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    builder.add(record.partition(), record.offset(), record.key());
                    last = System.nanoTime();
                }
                if (System.nanoTime() - last > PATIENCE.toNanos()) {
                    throw new IllegalStateException("Topic " + topic + " cannot be read to its end");
                }
            }
        }
        return builder;
    }

    /** How many partitions there are. */
    public int partitions() {
        return offsets.size();
    }

    /** How many records there are in all. */
    public long count() {
        return offsets.stream().mapToLong(partition -> partition.length).sum();
    }

    /** How many records the partition has. */
    int count(int partition) {
        return offsets.get(partition).length;
    }

    long offset(int partition, int index) {
        return offsets.get(partition)[index];
    }

    String key(int partition, int index) {
        return keys.get(partition)[index];
    }

    /** The how manieth record of its partition it is, from 0; negative if there is none at that offset. */
    int indexOf(int partition, long offset) {
        return partition >= 0 && partition < offsets.size() ? Arrays.binarySearch(offsets.get(partition), offset) : -1;
    }

    /** The how manieth record is the first at that offset or above; the number of records if none is. */
    int indexFrom(int partition, long offset) {
        if (partition < 0 || partition >= offsets.size()) {
            return 0;
        }
        int index = Arrays.binarySearch(offsets.get(partition), offset);
        return index >= 0 ? index : -index - 1;
    }

    /** Whether the event names a record that is there, with its key. */
    boolean knows(Event event) {
        int index = indexOf(event.partition(), event.offset());
        return index >= 0 && key(event.partition(), index).equals(event.text());
    }

    /** Collects the records. Not thread-safe. */
    public static final class Builder {
        private final List<SortedMap<Long, String>> partitions = new ArrayList<>();

        private Builder() {}

        /** Adds a record; a partition that was not named yet is added with those before it. */
        public Builder add(int partition, long offset, @Nullable String key) {
            partition(partition).put(offset, Event.keyText(key).intern());
            return this;
        }

        boolean has(int partition, long offset) {
            return partition(partition).containsKey(offset);
        }

        SortedMap<Long, String> partition(int partition) {
            while (partitions.size() <= partition) {
                partitions.add(new TreeMap<>());
            }
            return partitions.get(partition);
        }

        /** The records as they are now. */
        public TopicRecords build() {
            return new TopicRecords(partitions);
        }
    }
}
