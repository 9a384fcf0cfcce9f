package dev.kq.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends to and reads from a broker, as a user would. */
final class Client {
    private static final int SECONDS = 20;

    private final Map<String, Object> properties;

    Client(Map<String, Object> properties) {
        this.properties = properties;
    }

    void send(String topic, String... values) throws ExecutionException, InterruptedException, TimeoutException {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(with("max.block.ms", "20000"), new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, value)).get(SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    /** The values in a topic, as soon as there are so many; fewer if no more come. */
    List<String> read(String topic, String group, int count) {
        Map<String, Object> conf = with("group.id", group);
        conf.put("auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(conf, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (values.size() < count && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> message : consumer.poll(Duration.ofMillis(100))) {
                    values.add(message.value());
                }
            }
        }
        return values;
    }

    private Map<String, Object> with(String key, String value) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put(key, value);
        return all;
    }
}
