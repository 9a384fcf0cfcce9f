package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a registry shows of a queue. */
class MetricsTest extends BrokerTest {
    @Test
    void metersCount_fromStartToStop_andAreDocumented() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 10);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        KqConf conf = conf().consumers(2)
                .retry(new RetryConf(2, Duration.ofMillis(1), Duration.ofMillis(1), 1, 0))
                .build();
        KqQueue queue = start(KqQueue.builder(conf).meterRegistry(registry).handler((key, value) -> {
            if ("k3".equals(key)) {
                throw new Exception("always");
            }
        }));
        awaitReconciled(queue);
        assertThat(count(registry, "kq.records.handled")).isEqualTo(90);
        assertThat(count(registry, "kq.records.failed")).isEqualTo(20);
        assertThat(count(registry, "kq.records.retried")).isEqualTo(10);
        assertThat(count(registry, "kq.records.skipped")).isEqualTo(10);
        assertThat(registry.get("kq.lag").gauge().value()).isZero();
        assertThat(registry.get("kq.records.held").gauge().value()).isZero();
        assertThat(registry.get("kq.fetchers.idle").gauge().value()).isEqualTo(1);

        String documented = Files.readString(Path.of("../docs/metrics.md"));
        registry.getMeters()
                .forEach(meter ->
                        assertThat(documented).contains("`" + meter.getId().getName() + "`"));
        queue.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    private double count(SimpleMeterRegistry registry, String name) {
        return registry.get(name).tag("queue", topic).functionCounter().count();
    }
}
