package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A queue behind a network that is cut, slow or silent handles everything when the network is back. */
class BadNetworkTest {
    @Test
    void queue_goesOnAfterACut_aSlowNetworkAndASilentOne() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start()) {
            TcpProxy proxy = kafka.proxy(0);
            kafka.createTopic("orders", 2);
            KqConf conf = KqConf.builder()
                    .brokers(kafka.bootstrapServers())
                    .group("g")
                    .topic("orders")
                    .offset(StartOffset.FIRST)
                    .consumers(1)
                    .commitInterval(Duration.ofMillis(100))
                    .property("reconnect.backoff.max.ms", "200")
                    .property("request.timeout.ms", "2000")
                    .property("heartbeat.interval.ms", "500")
                    .property("session.timeout.ms", "2000")
                    .build();
            Set<String> seen = ConcurrentHashMap.newKeySet();
            Semaphore fresh = new Semaphore(0);
            try (KqQueue queue = new KqQueue(conf, (key, value) -> {
                if (seen.add(value)) {
                    fresh.release();
                }
            })) {
                queue.start();
                push(kafka, 0);
                assertThat(fresh.tryAcquire(100, 60, TimeUnit.SECONDS)).isTrue();

                proxy.down();
                proxy.restore();
                push(kafka, 1);
                assertThat(fresh.tryAcquire(100, 60, TimeUnit.SECONDS))
                        .as("after a cut")
                        .isTrue();

                proxy.latency(Duration.ofMillis(150));
                proxy.bandwidth(100_000);
                push(kafka, 2);
                assertThat(fresh.tryAcquire(100, 60, TimeUnit.SECONDS))
                        .as("slowly")
                        .isTrue();

                proxy.halfOpen();
                proxy.restore();
                push(kafka, 3);
                assertThat(fresh.tryAcquire(100, 60, TimeUnit.SECONDS))
                        .as("after a silence")
                        .isTrue();
                Kafka.awaitAllCommitted(TestBroker.of(kafka), "orders", "g");
            }
            Map<TopicPartition, Long> ends = Kafka.ends(TestBroker.of(kafka), "orders");
            assertThat(ends.values().stream().mapToLong(end -> end).sum()).isEqualTo(400);
        }
    }

    private static void push(EmbeddedKafka kafka, int round) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(new ProducerRecord<>("orders", "k" + i, round + "-" + i));
        }
        Kafka.push(TestBroker.of(kafka), records);
    }
}
