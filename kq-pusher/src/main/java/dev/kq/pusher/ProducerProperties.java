package dev.kq.pusher;

import static org.apache.kafka.clients.producer.ProducerConfig.*;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.jspecify.annotations.Nullable;

/** Turns {@link PusherSettings} into the producer's own properties: the only place with producer keys. */
final class ProducerProperties {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    private ProducerProperties() {}

    static Map<String, Object> of(PusherSettings settings, String clientId) {
        Map<String, Object> all = new HashMap<>(settings.connection().clientProperties());
        all.put(CLIENT_ID_CONFIG, clientId);
        all.put(BATCH_SIZE_CONFIG, settings.chunkSize());
        // The default, rebootstrap, forgets the topic as soon as no broker answers, and a push then blocks instead of
        // waiting
        // in the buffer for the brokers to return.
        all.put(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
        all.put(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        all.put(LINGER_MS_CONFIG, settings.flushInterval().toMillis());
        all.put(COMPRESSION_TYPE_CONFIG, settings.compression());
        all.put(MAX_BLOCK_MS_CONFIG, settings.maxBlock().toMillis());
        all.put(DELIVERY_TIMEOUT_MS_CONFIG, (int) settings.deliveryTimeout().toMillis());
        all.put(REQUEST_TIMEOUT_MS_CONFIG, requestTimeoutMillis(settings));
        all.put(BUFFER_MEMORY_CONFIG, settings.bufferBytes());
        if (settings.balancer() != null) {
            all.put(PARTITIONER_CLASS_CONFIG, settings.balancer());
        }
        if (settings.transactionalId() != null) {
            all.put(TRANSACTIONAL_ID_CONFIG, settings.transactionalId());
        }
        all.putAll(settings.properties());
        all.put(ACKS_CONFIG, "all");
        all.put(ENABLE_IDEMPOTENCE_CONFIG, true);
        return all;
    }

    /** Kafka demands flush interval + request timeout ≤ delivery timeout, so a short delivery timeout shortens it. */
    private static int requestTimeoutMillis(PusherSettings settings) {
        Duration room = settings.deliveryTimeout().minus(settings.flushInterval());
        return (int) (room.compareTo(REQUEST_TIMEOUT) < 0 ? room : REQUEST_TIMEOUT).toMillis();
    }

    static void checkAllowed(String key, Object value) {
        String reason = refusal(key, String.valueOf(value));
        if (reason != null) {
            throw new IllegalArgumentException("property " + key + ": " + reason);
        }
    }

    /** Why a property would break a promise of the pusher; null if it does not. */
    static @Nullable String refusal(String key, String written) {
        String value = written.toLowerCase(Locale.ROOT);
        return switch (key) {
            case ACKS_CONFIG ->
                value.equals("all") || value.equals("-1")
                        ? null
                        : "a push is acknowledged by every in-sync replica; only all is allowed";
            case ENABLE_IDEMPOTENCE_CONFIG ->
                value.equals("true") ? null : "a retried push must not be written twice; only true is allowed";
            case MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION ->
                List.of("1", "2", "3", "4", "5").contains(value)
                        ? null
                        : "order and no duplicates hold up to 5 requests in flight; only 1 to 5 is allowed";
            case RETRIES_CONFIG -> "retries end by time, not by number: see deliveryTimeout";
            case KEY_SERIALIZER_CLASS_CONFIG, VALUE_SERIALIZER_CLASS_CONFIG ->
                "keys and values reach the producer as bytes; serialize before the push";
            case SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG ->
                value.isBlank() ? "host names are verified, unless InsecureSkipVerify of the connection is true" : null;
            case BOOTSTRAP_SERVERS_CONFIG -> "the addresses are the brokers of the builder";
            case TRANSACTIONAL_ID_CONFIG -> "a transactional pusher is made with transactionalId of the builder";
            default -> null;
        };
    }
}
