package dev.kq.pusher;

import dev.kq.conf.ConfLoader;
import dev.kq.conf.Connection;
import dev.kq.conf.Section;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link Pusher} from a configuration file:
 *
 * <pre>{@code
 * KqPusherConf:
 *   Brokers:
 *   - 127.0.0.1:9092
 *   Topic: payment-success
 * }</pre>
 *
 * <p>Only {@code Brokers} and {@code Topic} are needed. {@code Username}, {@code Password}, {@code CaFile} and the
 * other keys of a connection are those of {@link dev.kq.KqConf}. {@code ChunkSize}, {@code FlushInterval},
 * {@code Compression}, {@code SyncPush}, {@code MaxBlock}, {@code DeliveryTimeout}, {@code BufferBytes},
 * {@code Balancer}, {@code TransactionalId} and {@code Properties} mean what the methods of that name in
 * {@link PusherBuilder} mean, with the same defaults; {@code Acks} can only be {@code all}. Immutable;
 * {@link #toString()} shows no secret.
 */
public final class KqPusherConf {
    private final Draft draft;
    private final Connection connection;
    private final String topic;

    KqPusherConf(Draft draft) {
        this.draft = draft;
        this.connection = draft.connection.build();
        this.topic = draft.topic == null ? "" : draft.topic;
    }

    /**
     * Reads a whole file.
     *
     * @throws dev.kq.conf.ConfException with every problem at once, each with its line
     */
    public static KqPusherConf load(Path file) {
        return ConfLoader.load(file, KqPusherConf.class);
    }

    /**
     * Reads one section of an application's file. The rest of the file is not looked at.
     *
     * @param section the section's key, in any case, or the keys that lead to it with dots between
     * @throws dev.kq.conf.ConfException with every problem of the section at once, each with its line; also if there is
     *     no such section
     */
    public static KqPusherConf load(Path file, String section) {
        return ConfLoader.load(file, section, KqPusherConf.class);
    }

    /** The keys: what {@link ConfLoader} reads, and what the documentation is checked against. */
    public static Section<?, KqPusherConf> section() {
        return KqPusherConfKeys.SECTION;
    }

    /** How to reach the brokers. */
    public Connection connection() {
        return connection;
    }

    /** Where records go. */
    public String topic() {
        return topic;
    }

    /** A builder with these settings, for more of them in code. */
    PusherBuilder toBuilder() {
        PusherBuilder builder = new PusherBuilder(connection, topic)
                .chunkSize(draft.chunkSize)
                .flushInterval(draft.flushInterval)
                .compression(draft.compression)
                .syncPush(draft.syncPush)
                .maxBlock(draft.maxBlock)
                .deliveryTimeout(draft.deliveryTimeout)
                .bufferBytes(draft.bufferBytes)
                .balancer(draft.balancer)
                .properties(draft.properties);
        return draft.transactionalId == null ? builder : builder.transactionalId(draft.transactionalId);
    }

    /** Every setting that is there, secrets as {@code ******}. */
    @Override
    public String toString() {
        return "KqPusherConf" + KqPusherConfKeys.SECTION.describe(draft);
    }

    /** The values while they are read; never changed after the conf is made. */
    static final class Draft {
        final Connection.Builder connection = Connection.builder();

        @Nullable
        String topic;

        int chunkSize = PusherBuilder.DEFAULT_CHUNK_SIZE;
        Duration flushInterval = PusherBuilder.DEFAULT_FLUSH_INTERVAL;
        String acks = "all";
        String compression = PusherBuilder.DEFAULT_COMPRESSION;
        boolean syncPush;
        Duration maxBlock = PusherBuilder.DEFAULT_MAX_BLOCK;
        Duration deliveryTimeout = PusherBuilder.DEFAULT_DELIVERY_TIMEOUT;
        long bufferBytes = PusherBuilder.DEFAULT_BUFFER_BYTES;
        String balancer = Balancers.DEFAULT;

        @Nullable
        String transactionalId;

        Map<String, String> properties = new LinkedHashMap<>();
    }
}
