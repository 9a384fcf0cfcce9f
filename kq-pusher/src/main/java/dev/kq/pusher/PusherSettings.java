package dev.kq.pusher;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.conf.Connection;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.Partitioner;
import org.jspecify.annotations.Nullable;

/** Everything a {@link Pusher} is set to, checked. The defaults and what each means are in {@link PusherBuilder}. */
record PusherSettings(
        Connection connection,
        String topic,
        int chunkSize,
        Duration flushInterval,
        boolean syncPush,
        String compression,
        Duration maxBlock,
        Duration deliveryTimeout,
        long bufferBytes,
        Duration closeTimeout,
        @Nullable Class<? extends Partitioner> balancer,
        @Nullable NewTopicShape newTopic,
        @Nullable String transactionalId,
        ObjectMapper json,
        @Nullable ObservationRegistry observations,
        @Nullable MeterRegistry meters,
        Map<String, Object> properties) {

    /** How to create a missing topic. */
    record NewTopicShape(int partitions, short replication) {}
}
