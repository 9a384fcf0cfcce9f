package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ForkedKafkaTest {
    @Test
    void servesOn_whenANodeIsKilled_andItComesBack() throws Exception {
        List<ProcessHandle> processes;
        try (ForkedKafka kafka = ForkedKafka.builder().proxied().start()) {
            processes = IntStream.range(0, kafka.nodes())
                    .mapToObj(id -> ProcessHandle.of(kafka.pid(id)).orElseThrow())
                    .toList();
            kafka.createTopic("t", 3, Map.of());
            try (var producer =
                    new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
                assertThat(push(producer)).containsExactly(0L, 0L, 0L);
                kafka.killNode(1);
                assertThat(kafka.runs(1)).isFalse();
                assertThat(push(producer)).containsExactly(1L, 1L, 1L);
                kafka.startNode(1);
                assertThat(kafka.runs(1)).isTrue();
                kafka.stopNode(2);
                assertThat(push(producer)).containsExactly(2L, 2L, 2L);
                assertThat(IntStream.range(0, 3)
                                .map(id -> kafka.proxy(id).connections())
                                .sum())
                        .isPositive();
            }
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static List<Long> push(KafkaProducer<String, String> producer) throws Exception {
        List<Long> offsets = new ArrayList<>();
        for (int p = 0; p < 3; p++) {
            offsets.add(
                    producer.send(new ProducerRecord<>("t", p, "k", "v")).get().offset());
        }
        return offsets;
    }
}
