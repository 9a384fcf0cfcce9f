package dev.kq.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import dev.kq.testkit.guarantee.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed with {@code kill -9} while records wait for another attempt or for their dead letter. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "kills processes")
@Tag("chaos")
@ExtendWith(KafkaExtension.class)
class CrashWhileFailingTest {
    private static final int RECORDS = 100;

    private final List<InstanceProcess> processes = new ArrayList<>();

    @TempDir
    private Path folder;

    private EmbeddedKafka kafka;
    private Admin admin;
    private String topic;
    private String dead;
    private TopicPartition partition;

    @BeforeEach
    void pushed(EmbeddedKafka kafka, TestNames names) {
        this.kafka = kafka;
        admin = Admin.create(kafka.clientProperties());
        topic = names.topic();
        dead = topic + "-dead";
        partition = new TopicPartition(topic, 0);
        kafka.createTopic(topic, 1);
        try (var producer =
                new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, "k" + i, Integer.toString(i)));
            }
        }
    }

    @AfterEach
    void end() {
        processes.forEach(InstanceProcess::end);
        admin.close();
    }

    @Test
    void killBetweenTwoAttempts_losesNothing_andTheAttemptsBeginAgain() throws Exception {
        InstanceProcess first = start("retry", List.of());
        await().until(() -> failedWithAttempt(first, 2).size() == RECORDS / 10);
        Set<Long> parked = failedWithAttempt(first, 2);
        kill(first);
        assertThat(ended(first)).doesNotContainAnyElementsOf(parked);
        assertThat(committed()).isLessThanOrEqualTo(3); // the first that waits

        InstanceProcess second = start("retry", List.of());
        awaitAllCommitted();
        assertThat(failedWithAttempt(second, 1)).isEqualTo(parked);
        assertThat(ended(second)).containsAll(parked);
        assertThat(ended(first, second)).hasSize(RECORDS);
    }

    @Test
    void killDuringADeadLetterWrite_losesNothing() throws Exception {
        assertThat(lostAfterAKillDuringADeadLetterWrite(List.of())).isEmpty();
    }

    /** The check above sees an engine that takes a dead letter for done when it is sent. */
    @Test
    void control_anEngineThatDoesNotAwaitTheDeadLetter_losesIt() throws Exception {
        Path broken = BrokenEngine.in(
                folder,
                "DeadLetters.java",
                "enqueue(new Letter(letter, held, done), FIRST_WAIT_NANOS);",
                "done.run(); enqueue(new Letter(letter, () -> true, done), FIRST_WAIT_NANOS);");
        assertThat(lostAfterAKillDuringADeadLetterWrite(List.of(broken))).isNotEmpty();
    }

    /** The offsets of records that should be dead letters in the end and are not. Until the kill there is no topic. */
    private Set<Long> lostAfterAKillDuringADeadLetterWrite(List<Path> patches) throws Exception {
        InstanceProcess first = start("dead", patches);
        await().until(() -> failedWithAttempt(first, 1).size() == RECORDS / 10
                && ended(first).size() == RECORDS * 9 / 10);
        if (!patches.isEmpty()) {
            await().until(() -> committed() == RECORDS);
        }
        Set<Long> writing = failedWithAttempt(first, 1);
        kill(first);
        if (patches.isEmpty()) {
            assertThat(committed()).isLessThanOrEqualTo(3);
        }
        kafka.createTopic(dead, 1);
        InstanceProcess second = start("dead", patches);
        awaitAllCommitted();
        assertThat(ended(first, second)).hasSize(RECORDS * 9 / 10);
        second.terminate(); // what it has to write, it writes before it ends
        await().until(() -> !second.alive());
        Set<Long> lost = new TreeSet<>(writing);
        lost.removeAll(deadLetters());
        return lost;
    }

    private InstanceProcess start(String failing, List<Path> patches) throws IOException {
        InstanceProcess process = new InstanceProcess(
                "instance-" + processes.size(),
                folder,
                patches,
                List.of(
                        "brokers=" + kafka.bootstrapServers(),
                        "topic=" + topic,
                        "group=" + topic,
                        "protocol=CLASSIC",
                        "workers=PLATFORM",
                        "ordering=KEY",
                        "mood=1 0 0 0",
                        "failing=" + failing,
                        "dead=" + dead,
                        "session.timeout.ms=6000",
                        "heartbeat.interval.ms=1000"));
        processes.add(process);
        return process;
    }

    private void kill(InstanceProcess process) {
        process.kill();
        await().until(() -> !process.alive());
        process.refresh();
    }

    private void awaitAllCommitted() {
        await().until(() -> committed() == RECORDS);
    }

    private long committed() throws ExecutionException, InterruptedException {
        OffsetAndMetadata offset = admin.listConsumerGroupOffsets(topic)
                .partitionsToOffsetAndMetadata()
                .get()
                .get(partition);
        return offset == null ? 0 : offset.offset();
    }

    private static Set<Long> failedWithAttempt(InstanceProcess process, int attempt) {
        Set<Long> offsets = new TreeSet<>();
        process.events(Event.Kind.FAILED).stream()
                .filter(event -> event.to() == attempt)
                .forEach(event -> offsets.add(event.offset()));
        return offsets;
    }

    private static Set<Long> ended(InstanceProcess... processes) {
        Set<Long> offsets = new TreeSet<>();
        for (InstanceProcess process : processes) {
            process.events(Event.Kind.ENDED).forEach(event -> offsets.add(event.offset()));
        }
        return offsets;
    }

    private Set<Long> deadLetters() {
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put("isolation.level", "read_committed");
        TopicPartition letters = new TopicPartition(dead, 0);
        Set<Long> offsets = new TreeSet<>();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(letters));
            consumer.seekToBeginning(List.of(letters));
            long end = consumer.endOffsets(List.of(letters)).get(letters);
            while (consumer.position(letters) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(letter -> offsets.add(Long.parseLong(letter.value())));
            }
        }
        return offsets;
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }
}
