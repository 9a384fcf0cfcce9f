package dev.kq.pusher;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.conf.Connection;
import dev.kq.pusher.PusherSettings.NewTopicShape;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.Partitioner;
import org.jspecify.annotations.Nullable;

/**
 * Sets up a {@link Pusher}. Every value is checked at the call that gives it; what only shows together is checked by
 * {@link #build()}. Not safe for several threads.
 */
public final class PusherBuilder {
    static final int DEFAULT_CHUNK_SIZE = 64 * 1024;
    static final Duration DEFAULT_FLUSH_INTERVAL = Duration.ofMillis(5);
    static final String DEFAULT_COMPRESSION = "snappy";
    static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    static final Duration DEFAULT_MAX_BLOCK = Duration.ofMinutes(1);
    static final Duration DEFAULT_DELIVERY_TIMEOUT = Duration.ofMinutes(2);
    static final long DEFAULT_BUFFER_BYTES = 32L * 1024 * 1024;

    private final Connection connection;
    private final String topic;
    private int chunkSize = DEFAULT_CHUNK_SIZE;
    private Duration flushInterval = DEFAULT_FLUSH_INTERVAL;
    private boolean syncPush;
    private String compression = DEFAULT_COMPRESSION;
    private Duration maxBlock = DEFAULT_MAX_BLOCK;
    private Duration deliveryTimeout = DEFAULT_DELIVERY_TIMEOUT;
    private long bufferBytes = DEFAULT_BUFFER_BYTES;
    private Duration closeTimeout = Duration.ofSeconds(30);
    private @Nullable Class<? extends Partitioner> balancer;
    private @Nullable NewTopicShape newTopic;
    private @Nullable String transactionalId;
    private @Nullable ObjectMapper json;
    private @Nullable ObservationRegistry observations;
    private @Nullable MeterRegistry meters;
    private final Map<String, Object> properties = new LinkedHashMap<>();

    PusherBuilder(Connection connection, String topic) {
        String wrong = TopicNames.wrong(topic);
        if (wrong != null) {
            throw new IllegalArgumentException(
                    "topic '" + topic + "': " + wrong + " (allowed: " + TopicNames.ALLOWED + ")");
        }
        this.connection = connection;
        this.topic = topic;
    }

    /**
     * The most bytes of one chunk: the records of one partition that are compressed and sent together. A full chunk is
     * sent at once. Default: 65536 bytes. Kafka: {@code batch.size}; kq: {@code chunkSize} (1 MiB there).
     *
     * @throws IllegalArgumentException if less than 1
     */
    public PusherBuilder chunkSize(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("chunkSize " + bytes + ": must be 1 byte or more");
        }
        this.chunkSize = bytes;
        return this;
    }

    /**
     * The longest time a chunk that is not full waits for more records. Zero sends each record as soon as a connection
     * is free. Default: 5 ms. Kafka: {@code linger.ms}; kq: {@code flushInterval} (1 s there).
     *
     * @throws IllegalArgumentException if negative or longer than a day
     */
    public PusherBuilder flushInterval(Duration interval) {
        this.flushInterval = within("flushInterval", interval, Duration.ZERO);
        return this;
    }

    /**
     * Whether every push waits for its acknowledgement, as kq's {@code WithSyncPush}: it then throws
     * {@link PushException} instead of returning a failed future. Default: false.
     */
    public PusherBuilder syncPush(boolean sync) {
        this.syncPush = sync;
        return this;
    }

    /**
     * How chunks are compressed: {@code none}, {@code gzip}, {@code snappy}, {@code lz4} or {@code zstd}, in any case.
     * Default: snappy, as in kq. Kafka: {@code compression.type}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public PusherBuilder compression(String type) {
        String name = type.toLowerCase(Locale.ROOT);
        if (!COMPRESSIONS.contains(name)) {
            throw new IllegalArgumentException(
                    "compression " + type + ": must be one of " + String.join(", ", COMPRESSIONS));
        }
        this.compression = name;
        return this;
    }

    /**
     * How long a push may block, for room in a full buffer and for a broker to answer about the topic, before it fails.
     * Default: 60 s. Kafka: {@code max.block.ms}.
     *
     * @throws IllegalArgumentException if negative or longer than a day
     */
    public PusherBuilder maxBlock(Duration time) {
        this.maxBlock = within("maxBlock", time, Duration.ZERO);
        return this;
    }

    /**
     * How long an accepted record may take, retries included, until it is acknowledged; then it fails. Default: 120 s.
     * Kafka: {@code delivery.timeout.ms}; {@code request.timeout.ms} is lowered if it would not fit.
     *
     * @throws IllegalArgumentException if less than 1 ms or longer than a day
     */
    public PusherBuilder deliveryTimeout(Duration time) {
        this.deliveryTimeout = within("deliveryTimeout", time, Duration.ofMillis(1));
        return this;
    }

    /**
     * The bytes that records not yet acknowledged may take together; a push into a full buffer blocks, see
     * {@link #maxBlock}. Default: 33554432 bytes (32 MiB). Kafka: {@code buffer.memory}.
     *
     * @throws IllegalArgumentException if less than 1
     */
    public PusherBuilder bufferBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bufferBytes " + bytes + ": must be 1 byte or more");
        }
        this.bufferBytes = bytes;
        return this;
    }

    /**
     * How long {@link Pusher#close()} waits for records on their way. Default: 30 s.
     *
     * @throws IllegalArgumentException if negative or longer than a day
     */
    public PusherBuilder closeTimeout(Duration time) {
        this.closeTimeout = within("closeTimeout", time, Duration.ZERO);
        return this;
    }

    /**
     * The class that chooses the partition of a record. Default: Kafka's own, murmur2 of the key, and without a key the
     * partition that is free (sticky). Kafka: {@code partitioner.class}; kq: {@code WithBalancer}.
     */
    public PusherBuilder balancer(Class<? extends Partitioner> type) {
        this.balancer = Objects.requireNonNull(type, "balancer");
        return this;
    }

    /**
     * What chooses the partition of a record, by name: {@code murmur2}, the default, {@code roundRobin}, or the name of
     * a class that {@link #balancer(Class)} would take.
     *
     * @throws IllegalArgumentException if there is no such class, or it is no {@link Partitioner}
     */
    public PusherBuilder balancer(String name) {
        try {
            this.balancer = Balancers.named(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "balancer " + name + ": " + e.getMessage() + " (allowed: " + Balancers.ALLOWED + ")", e);
        }
        return this;
    }

    /**
     * Creates the topic if it is missing when the first record is pushed. Default: not; a missing topic fails the push.
     *
     * @param partitions how many partitions the new topic gets, 1 or more
     * @param replication how many replicas each has, 1 or more
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public PusherBuilder allowAutoTopicCreation(int partitions, int replication) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions " + partitions + ": must be 1 or more");
        }
        if (replication < 1 || replication > Short.MAX_VALUE) {
            throw new IllegalArgumentException("replication " + replication + ": must be 1 or more");
        }
        this.newTopic = new NewTopicShape(partitions, (short) replication);
        return this;
    }

    /**
     * Makes the pusher transactional: records are pushed in {@link Pusher#inTransaction} only. At a time one pusher has
     * an id; a new one with the same id takes over and ends the transaction that the old one left open. Default: not
     * transactional. Kafka: {@code transactional.id}.
     *
     * @throws IllegalArgumentException if blank
     */
    public PusherBuilder transactionalId(String id) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("transactionalId: must not be blank");
        }
        this.transactionalId = id;
        return this;
    }

    /** What {@link Pusher#pushJson} writes with. Default: a new mapper with Jackson's own defaults. */
    public PusherBuilder objectMapper(ObjectMapper mapper) {
        this.json = Objects.requireNonNull(mapper, "objectMapper");
        return this;
    }

    /**
     * Observes each push, from the call to the acknowledgement or the failure. A tracer in the registry makes it a span
     * and writes its context into the record's headers, such as {@code traceparent}, in place of headers of the same
     * names. Default: none, and {@link ObservationRegistry#NOOP} is none; then no header is added and nothing is done.
     */
    public PusherBuilder observationRegistry(ObservationRegistry registry) {
        Objects.requireNonNull(registry, "observationRegistry");
        this.observations = registry == ObservationRegistry.NOOP ? null : registry;
        return this;
    }

    /**
     * Shows in this registry, until the close, how many records were delivered and failed, the use of the buffer, and
     * the time from the push to the acknowledgement, see {@code docs/metrics.md}. Default: nowhere; then nothing is
     * measured.
     */
    public PusherBuilder meterRegistry(MeterRegistry registry) {
        this.meters = Objects.requireNonNull(registry, "meterRegistry");
        return this;
    }

    /**
     * A producer property with Kafka's own name, for what has no method here. It has the last word, except where it
     * would break the promise of this class: the serializers, the addresses, the transactional id, {@code retries},
     * other values of {@code acks} and {@code enable.idempotence}, more than 5
     * {@code max.in.flight.requests.per.connection} and an empty {@code ssl.endpoint.identification.algorithm} are
     * refused.
     *
     * @throws IllegalArgumentException if the key is one of those, with the reason
     */
    public PusherBuilder property(String key, Object value) {
        ProducerProperties.checkAllowed(key, value);
        properties.put(key, value);
        return this;
    }

    /** Each entry as {@link #property} would take it. */
    public PusherBuilder properties(Map<String, ?> entries) {
        entries.forEach(this::property);
        return this;
    }

    /**
     * A new pusher. Starts the producer's thread; does not wait for a broker.
     *
     * @throws IllegalArgumentException if the settings do not fit together
     * @throws dev.kq.conf.ConfException if a certificate or key file cannot be read
     * @throws dev.kq.errors.KqException if Kafka refuses them, for instance because no broker's name resolves
     */
    public Pusher build() {
        return new Pusher(settings());
    }

    PusherSettings settings() {
        if (chunkSize > bufferBytes) {
            throw new IllegalArgumentException(
                    "bufferBytes " + bufferBytes + ": must hold a chunk of " + chunkSize + " bytes (chunkSize)");
        }
        if (deliveryTimeout.compareTo(flushInterval) <= 0) {
            throw new IllegalArgumentException(
                    "deliveryTimeout " + deliveryTimeout + ": must be longer than flushInterval " + flushInterval);
        }
        return new PusherSettings(
                connection,
                topic,
                chunkSize,
                flushInterval,
                syncPush,
                compression,
                maxBlock,
                deliveryTimeout,
                bufferBytes,
                closeTimeout,
                balancer,
                newTopic,
                transactionalId,
                json == null ? new ObjectMapper() : json,
                observations,
                meters,
                Map.copyOf(properties));
    }

    private static Duration within(String name, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " " + value + ": must be from " + least + " to a day");
        }
        return value;
    }
}
