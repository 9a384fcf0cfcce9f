package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches that were damaged on the broker's disk, so that Kafka's client refuses to decode them. */
class UnreadableTest extends BrokerTest {
    private static final int PER_BATCH = 10;

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void damagedBatch_isPassedAfterTheAttempts_andNothingElse(GroupProtocol protocol) {
        pushBatches();
        damage("middle");
        damage("last");
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        List<String> handled = new CopyOnWriteArrayList<>();
        KqQueue queue = start(KqQueue.builder(conf().groupProtocol(protocol)
                        .ordering(Ordering.PARTITION)
                        .build())
                .meterRegistry(registry)
                .handler((key, value) -> handled.add(value)));
        awaitReconciled(queue);
        assertThat(handled.stream().filter(value -> !value.startsWith("other")))
                .containsExactlyElementsOf(Stream.of("first", "third")
                        .flatMap(UnreadableTest::batch)
                        .toList());
        assertThat(handled.stream().filter(value -> value.startsWith("other"))).hasSize(2 * PER_BATCH);
        assertThat(registry.get("kq.records.unreadable").functionCounter().count())
                .isEqualTo(2 * PER_BATCH);
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void damagedBatch_withoutForceCommit_holdsItsPartitionOnly_untilItCanBeRead(GroupProtocol protocol) {
        pushBatches();
        damage("middle");
        List<String> handled = new CopyOnWriteArrayList<>();
        KqQueue queue = start(
                conf().groupProtocol(protocol)
                        .ordering(Ordering.PARTITION)
                        .forceCommit(false)
                        .build(),
                (key, value) -> handled.add(value));
        await().untilAsserted(() -> assertThat(queue.health().reasons())
                .anyMatch(reason -> reason.startsWith("records cannot be read: " + topic + "-0 at offset 10")));
        Kafka.push(kafka, List.of(new ProducerRecord<>(topic, 1, "k", "other later")));
        await().untilAsserted(() -> assertThat(handled)
                .contains("other later")
                .containsAll(batch("first").toList()));
        await().untilAsserted(() -> assertThat(Kafka.committed(kafka, group))
                .containsEntry(new TopicPartition(topic, 0), 10L)
                .containsEntry(new TopicPartition(topic, 1), 11L));
        damage("middle"); // turns the bits back
        awaitReconciled(queue);
        assertThat(handled.stream().filter(value -> !value.startsWith("other")))
                .containsExactlyElementsOf(Stream.of("first", "middle", "third", "last")
                        .flatMap(UnreadableTest::batch)
                        .toList());
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
    }

    private static Stream<String> batch(String name) {
        return IntStream.range(0, PER_BATCH).mapToObj(i -> name + " " + i);
    }

    private void pushBatches() {
        kafka.createTopic(topic, 3);
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put("linger.ms", 60_000); // until the flush, so that each call makes one batch
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (String name : List.of("first", "middle", "third", "last")) {
                push(producer, 0, name);
            }
            push(producer, 1, "other");
            push(producer, 2, "other");
        }
    }

    private void push(KafkaProducer<String, String> producer, int partition, String name) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        batch(name).forEach(value -> records.add(new ProducerRecord<>(topic, partition, "k", value)));
        records.forEach(record -> {
            var unused = producer.send(record);
        });
        producer.flush();
    }

    /** Inverts the first byte of a batch's fourth value in the segment on disk. */
    private void damage(String batch) {
        try (Stream<Path> files =
                Files.walk(((TestBroker.Embedded) kafka).kafka().dataFolder())) {
            Path segment = files.filter(file -> file.endsWith(Path.of(topic + "-0", "00000000000000000000.log")))
                    .findFirst()
                    .orElseThrow();
            String bytes = new String(Files.readAllBytes(segment), StandardCharsets.ISO_8859_1);
            int at = bytes.indexOf(batch.substring(1) + " 3");
            assertThat(at).isPositive();
            try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {(byte) (bytes.charAt(at - 1) ^ 0x20)}), at - 1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
