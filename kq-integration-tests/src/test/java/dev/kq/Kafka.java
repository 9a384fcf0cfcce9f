package dev.kq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** What the tests ask of a broker besides the queue under test: push records, look at offsets. */
final class Kafka {
    private Kafka() {}

    static KafkaProducer<String, String> producer(TestBroker kafka, Map<String, Object> extra) {
        Map<String, Object> p = new HashMap<>(kafka.clientProperties());
        p.put("linger.ms", 5);
        p.put("delivery.timeout.ms", 300_000);
        p.put("compression.type", "none");
        p.putAll(extra);
        return new KafkaProducer<>(p, new StringSerializer(), new StringSerializer());
    }

    /** Pushes records and waits until all are acknowledged. */
    static void push(TestBroker kafka, List<ProducerRecord<String, String>> records) {
        try (KafkaProducer<String, String> producer = producer(kafka, Map.of())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            records.forEach(record -> sent.add(producer.send(record)));
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Pushes {@code count} records with keys k0, k1, …, k(keys-1) in turn and values 0, 1, … */
    static void push(TestBroker kafka, String topic, int count, int keys) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new ProducerRecord<>(topic, "k" + i % keys, Integer.toString(i)));
        }
        push(kafka, records);
    }

    /** Pushes {@code perKey} records for each of {@code keys} keys, with values that count up from 0 for each key. */
    static void pushCounting(TestBroker kafka, String topic, int keys, int perKey) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < perKey; i++) {
            for (int k = 0; k < keys; k++) {
                records.add(new ProducerRecord<>(topic, "k" + k, Integer.toString(i)));
            }
        }
        push(kafka, records);
    }

    static Map<TopicPartition, Long> committed(TestBroker kafka, String group) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            Map<TopicPartition, OffsetAndMetadata> found = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(20, TimeUnit.SECONDS);
            found.forEach((tp, offset) -> offsets.put(tp, offset.offset()));
            return offsets;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static Map<TopicPartition, Long> ends(TestBroker kafka, String topic) {
        try (Admin admin = Admin.create(kafka.adminProperties())) {
            int partitions = admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(20, TimeUnit.SECONDS)
                    .get(topic)
                    .partitions()
                    .size();
            Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
            for (int p = 0; p < partitions; p++) {
                asked.put(new TopicPartition(topic, p), OffsetSpec.latest());
            }
            Map<TopicPartition, Long> ends = new HashMap<>();
            admin.listOffsets(asked).all().get(20, TimeUnit.SECONDS).forEach((tp, end) -> ends.put(tp, end.offset()));
            return ends;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until everything in the topic is committed. */
    static void awaitAllCommitted(TestBroker kafka, String topic, String group) {
        Map<TopicPartition, Long> ends = ends(kafka, topic);
        ends.values().removeIf(end -> end == 0);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> org.assertj.core.api.Assertions.assertThat(committed(kafka, group))
                        .containsAllEntriesOf(ends));
    }
}
