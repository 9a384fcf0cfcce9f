package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private final AtomicInteger delivered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final Delivery delivery = new Delivery(new Delivery.Outcomes() {
        @Override
        public void delivered(RecordMetadata metadata) {
            delivered.incrementAndGet();
        }

        @Override
        public PushException failed(Exception cause) {
            failed.incrementAndGet();
            return PushException.of("t", cause);
        }
    });

    /** After a failure in a transaction a send throws, and its record is called back for as well. */
    @Test
    void delivery_endsOnce() {
        delivery.onCompletion(null, new KafkaException("thrown by send"));
        delivery.onCompletion(null, new KafkaException("called back"));
        delivery.onCompletion(new RecordMetadata(new TopicPartition("t", 0), 0, 0, 0, 0, 0), null);

        assertThat(failed).hasValue(1);
        assertThat(delivered).hasValue(0);
        assertThat(delivery).isCompletedExceptionally();
    }

    /** Who cancels the future takes nothing back. */
    @Test
    void cancelledDelivery_isCountedWhenItEnds() {
        delivery.cancel(true);
        delivery.onCompletion(new RecordMetadata(new TopicPartition("t", 0), 0, 0, 0, 0, 0), null);

        assertThat(delivered).hasValue(1);
    }
}
