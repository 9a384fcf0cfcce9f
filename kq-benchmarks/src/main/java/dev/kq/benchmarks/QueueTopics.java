package dev.kq.benchmarks;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes topics and fills them, each once. Confined to the thread that measures. */
final class QueueTopics {
    /**
     * What a topic holds.
     *
     * @param records how many; 0 for an empty one
     * @param bytes of each value
     * @param keys how many different ones
     * @param partitions of the topic
     */
    record Content(long records, int bytes, int keys, int partitions) {
        String topic() {
            return "records-" + records + "-bytes-" + bytes + "-keys" + keys + "-partitions-" + partitions;
        }
    }

    private final String brokers;
    private final Set<String> made = new HashSet<>();

    QueueTopics(String brokers) {
        this.brokers = brokers;
    }

    /** The name of a topic with this content. */
    String with(Content content) {
        String topic = content.topic();
        if (made.add(topic)) {
            create(topic, content.partitions());
            fill(topic, content);
        }
        return topic;
    }

    void create(String topic, int partitions) {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void fill(String topic, Content content) {
        if (content.records() == 0) {
            return;
        }
        Progress.say("filling " + topic);
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokers,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                65_536,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64L << 20,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4 << 20,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class);
        String[] values = Payloads.values(content.bytes(), 1 << 8);
        Random random = new Random(7); // the same keys on every run
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            for (long i = 0; i < content.records(); i++) {
                var unused = producer.send(new ProducerRecord<>(
                        topic, "key-" + random.nextInt(content.keys()), values[(int) i & (values.length - 1)]));
            }
        }
    }
}
