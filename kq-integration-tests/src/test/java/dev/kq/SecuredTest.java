package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.kq.testkit.EmbeddedKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** What the tests of queues on secured brokers have in common. */
abstract class SecuredTest {
    final Set<String> seen = ConcurrentHashMap.newKeySet();
    final List<KqQueue> queues = new ArrayList<>();
    ConsumeHandler handler = (key, value) -> seen.add(String.valueOf(value));
    LogCapture log;
    String topic;
    String group;

    @BeforeEach
    void begin(TestInfo test) {
        log = new LogCapture();
        String name = test.getTestMethod().orElseThrow().getName() + "-" + System.nanoTime();
        topic = name.substring(Math.max(0, name.length() - 200));
        group = topic + "-group";
    }

    @AfterEach
    void end() {
        queues.forEach(KqQueue::close);
        log.close();
    }

    /** A queue as a file describes it: what every test needs, and these lines. */
    KqQueue start(EmbeddedKafka kafka, String... lines) {
        String yaml = """
                Name: %1$s
                Brokers: %2$s
                Group: %1$s-group
                Topic: %1$s
                Offset: first
                Consumers: 1
                MinBytes: 1
                CommitInterval: 100ms
                """.formatted(topic, kafka.bootstrapServers());
        // Kafka asks again every 30 seconds what it may read; a test does not want to wait for that
        KqConf conf = KqConf.parse(yaml + String.join("\n", lines)).toBuilder()
                .property("metadata.max.age.ms", "500")
                .build();
        KqQueue queue = new KqQueue(conf, handler);
        queues.add(queue);
        queue.start();
        return queue;
    }

    /** Pushes by a way that is always open. */
    void push(EmbeddedKafka kafka, String value) throws Exception {
        Map<String, Object> properties = new HashMap<>(kafka.adminProperties());
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, "k", value)).get(30, TimeUnit.SECONDS);
        }
    }

    void awaitHandled(EmbeddedKafka kafka, KqQueue queue, String value) throws Exception {
        push(kafka, value);
        await().untilAsserted(() -> assertThat(seen).contains(value));
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
        await().untilAsserted(() -> assertThat(queue.lag().orElse(1)).isZero());
    }

    /** Waits until health gives this reason, and looks whether the log gave it once. */
    void awaitReason(KqQueue queue, String reason) {
        await().untilAsserted(() -> assertThat(queue.health().reasons())
                .anySatisfy(given -> assertThat(given).contains(reason)));
        // Logged after health knows it; poll and commit may both be refused for the same reason.
        await().untilAsserted(() -> assertThat(log.lines(Level.WARN).stream().filter(line -> line.contains(reason)))
                .as("said once: %s", log.lines(Level.WARN))
                .isNotEmpty()
                .doesNotHaveDuplicates());
        assertThat(log.lines(Level.WARN)).noneMatch(line -> line.contains("secret"));
        assertThat(queue.health().toString()).doesNotContain("secret");
    }

    static void ask(EmbeddedKafka kafka, Question question) throws Exception {
        try (Admin admin = Admin.create(kafka.adminProperties())) {
            question.ask(admin);
        }
    }

    interface Question {
        void ask(Admin admin) throws Exception;
    }

    static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(20));
    }
}
