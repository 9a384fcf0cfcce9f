package dev.kq.benchmarks;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Makes topics and fills them, each once. Confined to the thread that measures. */
final class QueueTopics {
    /**
     * What a topic holds.
     *
     * @param records how many; 0 for an empty one
     * @param bytes of each value
     * @param keys how many different ones; 0 for records without a key
     * @param skew the exponent of Zipf's law by which keys are chosen; 0 if each is as likely as any other
     * @param partitions of the topic
     */
    record Content(long records, int bytes, int keys, double skew, int partitions) {
        Content(long records, int bytes, int keys, int partitions) {
            this(records, bytes, keys, 0, partitions);
        }

        String topic() {
            return "records-" + records + "-bytes-" + bytes + "-keys-" + keys + "-skew-" + skew + "-partitions-"
                    + partitions;
        }

        Content keys(int newKeys, double newSkew) {
            return new Content(records, bytes, newKeys, newSkew, partitions);
        }

        Content partitions(int newPartitions) {
            return new Content(records, bytes, keys, skew, newPartitions);
        }

        /** Keys in the order of the records, the same on every run; null for a record without one. */
        private Supplier<@Nullable String> keysInOrder() {
            Random random = new Random(7);
            if (keys == 0) {
                return () -> null;
            }
            if (keys >= records) {
                AtomicLong next = new AtomicLong();
                return () -> "key-" + next.getAndIncrement();
            }
            if (skew == 0) {
                return () -> "key-" + random.nextInt(keys);
            }
            double[] upTo = new double[keys];
            double sum = 0;
            for (int i = 0; i < keys; i++) {
                sum += Math.pow(i + 1, -skew);
                upTo[i] = sum;
            }
            double all = sum;
            return () -> {
                int found = Arrays.binarySearch(upTo, random.nextDouble() * all);
                return "key-" + Math.min(keys - 1, found < 0 ? ~found : found);
            };
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

    /**
     * Returns when its leaders serve: what is pushed before loses its order, and with it the producer (KAFKA-15591).
     */
    void create(String topic, int partitions) {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get();
            awaitServed(admin, topic, partitions);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Only a leader that serves can answer; a broker that does not know the topic yet says that there is none. */
    private static void awaitServed(Admin admin, String topic, int partitions)
            throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
        for (int attempt = 1; ; attempt++) {
            try {
                admin.listOffsets(ends).all().get();
                return;
            } catch (ExecutionException e) {
                if (attempt == 500 || !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
                LockSupport.parkNanos(20_000_000);
            }
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
        Supplier<@Nullable String> keys = content.keysInOrder();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            for (long i = 0; i < content.records(); i++) {
                var unused =
                        producer.send(new ProducerRecord<>(topic, keys.get(), values[(int) i & (values.length - 1)]));
            }
        }
    }
}
