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
import org.jspecify.annotations.Nullable;

/** Makes topics and fills them, each once. Confined to the thread that measures. */
final class QueueTopics {
    /**
     * What a topic holds.
     *
     * @param records how many; 0 for an empty one
     * @param bytes of each value
     * @param keys how many different ones; 0 for records without a key, -100 for 100 keys of which few are frequent
     * @param partitions of the topic
     */
    record Content(long records, int bytes, int keys, int partitions) {
        String topic() {
            return "records-" + records + "-bytes-" + bytes + "-keys" + keys + "-partitions-" + partitions;
        }
    }

    private static final double SKEW = 1.1;

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

    /** Lets go of the space on disk. */
    void delete(Content content) {
        made.remove(content.topic());
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers))) {
            admin.deleteTopics(List.of(content.topic())).all().get();
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
        Keys keys = new Keys(content.keys());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            for (long i = 0; i < content.records(); i++) {
                var unused =
                        producer.send(new ProducerRecord<>(topic, keys.next(i), values[(int) i & (values.length - 1)]));
            }
        }
    }

    /** Draws keys, the same on every run. */
    private static final class Keys {
        private final Random random = new Random(7);
        private final int keys;
        private final double[] upTo;

        Keys(int keys) {
            this.keys = keys;
            upTo = new double[Math.max(0, -keys)];
            double sum = 0;
            for (int i = 0; i < upTo.length; i++) {
                sum += 1 / Math.pow(i + 1, SKEW);
                upTo[i] = sum;
            }
        }

        @Nullable
        String next(long record) {
            if (keys == 0) {
                return null;
            }
            if (keys > 0) {
                return "key-" + (keys == Integer.MAX_VALUE ? record : random.nextInt(keys));
            }
            double drawn = random.nextDouble() * upTo[upTo.length - 1];
            int key = 0;
            while (upTo[key] < drawn) {
                key++;
            }
            return "key-" + key;
        }
    }
}
