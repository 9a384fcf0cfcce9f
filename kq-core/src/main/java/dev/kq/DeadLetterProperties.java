package dev.kq;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Turns a {@link KqConf} into the properties of the producer of dead letters. Stateless. */
final class DeadLetterProperties {
    private static final int MAX_BLOCK_MILLIS = 5_000;
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    /** A record that could be read must be able to be written; the broker's own limit still holds. */
    private static final int MAX_REQUEST_BYTES = 256 << 20;

    private DeadLetterProperties() {}

    /** The queue's connection, security written under {@code Properties} included; every letter acknowledged by all. */
    static Map<String, Object> of(KqConf conf) {
        Map<String, Object> p = new HashMap<>(conf.connection().clientProperties());
        conf.properties().forEach((key, value) -> {
            if (key.startsWith("security.") || key.startsWith("sasl.") || key.startsWith("ssl.")) {
                p.put(key, value);
            }
        });
        p.put(ProducerConfig.CLIENT_ID_CONFIG, conf.name() + "-dead-letters");
        p.put(ProducerConfig.ACKS_CONFIG, "all");
        p.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        p.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        p.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        p.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
        p.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) MAX_REQUEST_BYTES + (32L << 20));
        p.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        p.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        p.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return p;
    }
}
