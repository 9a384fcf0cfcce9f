package dev.kq.testkit.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.DeadLetter;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.StartOffset;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How users put the event log around their own queue, and what they get to know. */
@ExtendWith(KafkaExtension.class)
class GuaranteesTest {
    private static final int RECORDS = 200;

    @TempDir
    private Path folder;

    @Test
    void example_aQueueUnderTheLog(EmbeddedKafka kafka, TestNames names) throws Exception {
        String orders = kafka.createTopic(names.topic(), 2);
        String dead = kafka.createTopic(orders + "-dead", 1, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        push(kafka, orders);

        // in each process
        try (EventLog log = EventLog.open(folder, "orders-1", orders)) {
            KqConf conf = KqConf.builder()
                    .brokers(kafka.bootstrapServers())
                    .topic(orders)
                    .group("billing")
                    .offset(StartOffset.FIRST)
                    .consumers(1)
                    .deadLetterTopic(dead)
                    .properties(log.consumerProperties())
                    .build();
            KqQueue queue = KqQueue.builder(conf)
                    .interceptor(log.interceptor())
                    .messageHandler(message -> {
                        if (message.offset() == 7) {
                            throw new DeadLetter("not wanted");
                        }
                    })
                    .build();
            queue.start();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> queue.handled() == RECORDS - 2);
            log.stopped(queue.stop());
        }

        // when all have stopped
        Evidence evidence = Evidence.in(folder)
                .broker(kafka.clientProperties(), orders, "billing")
                .deadLetters(kafka.clientProperties(), dead, orders)
                .collect();
        Verdict verdict = Guarantees.check(evidence);
        verdict.assertKept();

        assertThat(verdict.records()).isEqualTo(RECORDS);
        assertThat(verdict.handled()).isEqualTo(RECORDS - 2);
        assertThat(verdict.letters()).isEqualTo(2);
        assertThat(verdict.repeats()).isZero();
        Evidence.Run run = evidence.runs().stream()
                .filter(r -> r.name().equals("orders-1"))
                .findAny()
                .orElseThrow();
        assertThat(run.events(Event.Kind.ASSIGNED)).extracting(Event::partition).containsExactlyInAnyOrder(0, 1);
        assertThat(run.events(Event.Kind.REVOKED)).extracting(Event::partition).containsExactlyInAnyOrder(0, 1);
        assertThat(run.events(Event.Kind.COMMITTED)).isNotEmpty();
    }

    @Test
    void control_aQueueThatIsStoppedTooEarly_isFound(EmbeddedKafka kafka, TestNames names) throws Exception {
        String orders = kafka.createTopic(names.topic(), 2);
        push(kafka, orders);
        Evidence evidence = Evidence.in(folder)
                .broker(kafka.clientProperties(), orders, "nobody")
                .collect();
        assertThat(Guarantees.check(evidence).breached()).containsExactly("LossCheck", "EndStateCheck");
        assertThat(Guarantees.check(evidence).breaches().get("LossCheck")).hasSize(RECORDS);
    }

    @Test
    void anAcknowledgedRecordThatTheBrokerLost_isLost(EmbeddedKafka kafka, TestNames names) throws Exception {
        String orders = kafka.createTopic(names.topic(), 1);
        try (EventLog log = EventLog.open(folder, "push", orders)) {
            log.pushed(0, 0, "k");
        }
        Evidence evidence = Evidence.in(folder)
                .broker(kafka.clientProperties(), orders, "nobody")
                .collect();
        assertThat(new LossCheck().breaches(evidence)).hasSize(1);
    }

    @Test
    void oneNameForTwoStarts_isRefused() {
        EventLog.open(folder, "orders-1", "t").close();
        assertThatThrownBy(() -> EventLog.open(folder, "orders-1", "t"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("a name of its own");
    }

    private void push(EmbeddedKafka kafka, String topic) throws Exception {
        try (EventLog log = EventLog.open(folder, "push", topic);
                var producer =
                        new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                String key = "k" + i % 10;
                RecordMetadata pushed = producer.send(new ProducerRecord<>(topic, i % 2, key, "v"))
                        .get();
                log.pushed(pushed.partition(), pushed.offset(), key);
            }
        }
    }
}
