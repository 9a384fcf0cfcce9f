package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class LiveProducerTest {
    private final MockProducer<byte[], byte[]> first = mock();
    private final MockProducer<byte[], byte[]> second = mock();
    private final AtomicInteger made = new AtomicInteger();

    @Test
    void producerThatLostNoConnection_stays() {
        LiveProducer live = new LiveProducer(first, () -> second);

        assertThat(live.forRecord()).isSameAs(first);
    }

    @Test
    void producerThatWasRefused_isReplacedBeforeItsFirstRecord() {
        refusals(first, 1);
        LiveProducer live = new LiveProducer(first, () -> second);

        assertThat(live.forRecord()).isSameAs(second);
        assertThat(first.closed()).isTrue();
    }

    @Test
    void producerThatWasRefused_isReplaced_alsoWhenThatFailsAtFirst() {
        refusals(first, 1);
        LiveProducer live = new LiveProducer(first, () -> {
            if (made.getAndIncrement() == 0) {
                refusals(first, 0); // closed, it knows nothing any more
                throw new KafkaException("no such file");
            }
            return second;
        });
        assertThatThrownBy(live::forRecord).hasMessage("no such file");

        assertThat(live.forRecord()).isSameAs(second);
        assertThat(live.forRecord()).isSameAs(second);
        assertThat(made).hasValue(2);
    }

    private static MockProducer<byte[], byte[]> mock() {
        return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void refusals(MockProducer<byte[], byte[]> producer, double count) {
        MetricName name = new MetricName("connection-close-total", "producer-metrics", "", Map.of());
        producer.setMockMetrics(name, new Metric() {
            @Override
            public MetricName metricName() {
                return name;
            }

            @Override
            public Object metricValue() {
                return count;
            }
        });
    }
}
