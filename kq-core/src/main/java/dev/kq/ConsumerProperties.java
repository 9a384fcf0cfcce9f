package dev.kq;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Turns a {@link KqConf} into the properties of a Kafka consumer; the only place with consumer keys. Stateless. */
final class ConsumerProperties {
    private static final int DEFAULT_FETCH_MAX_BYTES = 50 * 1024 * 1024;
    private static final int DEFAULT_MAX_POLL_RECORDS = 500;
    private static final int METADATA_MAX_AGE_MILLIS = 30_000;

    private ConsumerProperties() {}

    /**
     * The properties of the fetcher with this number; what the user wrote under {@code Properties} has the last word.
     */
    static Map<String, Object> of(KqConf conf, int fetcher) {
        Map<String, Object> p = new HashMap<>(conf.connection().clientProperties());
        p.put(ConsumerConfig.GROUP_ID_CONFIG, conf.group());
        p.put(ConsumerConfig.CLIENT_ID_CONFIG, conf.name() + "-" + fetcher);
        // Where a committed offset is gone, the oldest message left comes next. Who wants to start at the end is put
        // there by Assignment, once: "latest" here would also skip what was pushed before such an accident.
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        p.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, conf.minBytes());
        p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) conf.maxWait().toMillis());
        p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, conf.maxBytes());
        p.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Math.max(DEFAULT_FETCH_MAX_BYTES, conf.maxBytes()));
        p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, DEFAULT_MAX_POLL_RECORDS);
        p.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_MAX_AGE_MILLIS);
        p.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        p.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        if (conf.groupProtocol() == GroupProtocol.CONSUMER) {
            p.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        } else {
            p.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
            p.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        }
        p.putAll(conf.properties());
        p.computeIfPresent(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, (key, id) -> id + "-" + fetcher);
        p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        p.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        p.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return p;
    }
}
