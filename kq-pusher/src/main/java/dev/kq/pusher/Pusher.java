package dev.kq.pusher;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kq.Service;
import dev.kq.conf.Connection;
import dev.kq.errors.KqException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pushes records to one topic. A push returns at once with a future, but for the first one, which asks the brokers
 * about the topic; the record travels with others in a chunk ({@link PusherBuilder#chunkSize},
 * {@link PusherBuilder#flushInterval}), is written by every in-sync replica ({@code acks=all}) and never twice by a
 * retry (idempotent). Records of one key stay in the order of their pushes.
 *
 * <pre>{@code
 * try (Pusher pusher = new Pusher(List.of("127.0.0.1:9092"), "payment-success")) {
 *     pusher.push("account-1", "paid");
 * }
 * }</pre>
 *
 * <p><b>Keys.</b> A null key is no key: the producer fills one partition's chunk after the other. A key chooses its
 * partition by murmur2, as every other Kafka client does. <b>Null values</b> are tombstones.
 *
 * <p><b>Failures.</b> A future fails with {@link PushException}. Failures are also counted ({@link #stats()}) and
 * logged, the first of a burst at once and the rest as a number, so that an ignored future is not an ignored failure. A
 * push itself does not throw, except for misuse, in {@link #pushSync} and with {@link PusherBuilder#syncPush}.
 *
 * <p><b>Threads.</b> All methods may be called by any number of threads. Futures complete on the producer's network
 * thread, without a lock: what is attached to them must be short or go elsewhere ({@code thenAcceptAsync}), since
 * nothing is sent meanwhile; a push made there may find the buffer full and then holds up what would empty it.
 */
public final class Pusher implements Service, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    /** A century: whoever gives more means that it does not matter, and nanoseconds have an end. */
    private static final Duration LONGEST_CLOSE = Duration.ofDays(36_500);

    private final PusherSettings settings;
    private final String topic;
    private final LiveProducer producer;
    private final String networkThread;
    private final DeliveryCounts counts = new DeliveryCounts();
    private final Closing closing;
    private final DeliveryOutcomes logged;
    private final DeliveryOutcomes thrown;
    private final TopicCheck check;
    private final Json json;
    private final @Nullable Transactions transactions;
    private final BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> sending;

    /**
     * A pusher with the defaults of {@link PusherBuilder}. Starts the producer's thread; does not wait for a broker.
     *
     * @param brokers {@code host:port} of some brokers of the cluster; at least one. Kafka: {@code bootstrap.servers}
     * @param topic where every record goes
     * @throws dev.kq.conf.ConfException if there is no broker, or one is not {@code host:port}
     * @throws IllegalArgumentException if the topic is not a name that Kafka takes
     * @throws KqException if Kafka refuses them, for instance because no broker's name resolves
     */
    public Pusher(List<String> brokers, String topic) {
        this(builder(brokers, topic).settings());
    }

    /**
     * A pusher that reaches the brokers as a queue does: {@code new Pusher(kqConf.connection(), "receipts")}. The same
     * defaults; does not wait for a broker.
     *
     * @param connection brokers, user and TLS
     * @param topic where every record goes
     * @throws IllegalArgumentException if the topic is not a name that Kafka takes
     * @throws KqException if Kafka refuses them, for instance because no broker's name resolves
     */
    public Pusher(Connection connection, String topic) {
        this(builder(connection, topic).settings());
    }

    /**
     * A pusher as a file describes it. Starts the producer's thread; does not wait for a broker.
     *
     * @throws KqException if Kafka refuses the settings, for instance because no broker's name resolves
     */
    public Pusher(KqPusherConf conf) {
        this(builder(conf).settings());
    }

    Pusher(PusherSettings settings) {
        this(settings, "kq-pusher-" + settings.topic() + "-" + NUMBER.incrementAndGet());
    }

    private Pusher(PusherSettings settings, String name) {
        this(settings, ProducerProperties.of(settings, name));
    }

    private Pusher(PusherSettings settings, Map<String, Object> properties) {
        this(
                settings,
                producer(settings, properties),
                () -> producer(settings, properties),
                String.valueOf(properties.get(ProducerConfig.CLIENT_ID_CONFIG)),
                new AdminTopicLookup(settings.topic(), properties));
    }

    /** A pusher on a producer that is there already; the pusher closes it. */
    Pusher(PusherSettings settings, Producer<byte[], byte[]> producer, String clientId, TopicLookup lookup) {
        this(settings, producer, null, clientId, lookup);
    }

    private Pusher(
            PusherSettings settings,
            Producer<byte[], byte[]> producer,
            @Nullable Supplier<Producer<byte[], byte[]>> another,
            String clientId,
            TopicLookup lookup) {
        this.settings = settings;
        if (settings.connection().insecureSkipVerify()) {
            log.warn(
                    "pusher to topic {}: InsecureSkipVerify: the brokers' host names are not compared with their"
                            + " certificates, so whoever has any certificate of a trusted authority can pose as a broker",
                    settings.topic());
        }
        this.topic = settings.topic();
        // a transaction belongs to its producer
        this.producer = new LiveProducer(producer, settings.transactionalId() == null ? another : null);
        this.networkThread = KafkaProducer.NETWORK_THREAD_PREFIX + " | " + clientId;
        this.json = new Json(settings.json());
        this.check = new TopicCheck(topic, lookup, settings.newTopic(), settings.maxBlock());
        FailureLog failures = new FailureLog(topic, System::nanoTime);
        this.closing = new Closing(topic, this.producer, counts, failures, check);
        this.logged = new DeliveryOutcomes(topic, settings.connection(), counts, closing::begun, check, failures);
        this.thrown = new DeliveryOutcomes(topic, settings.connection(), counts, closing::begun, check, null);
        this.sending = measured(
                settings.observations() == null
                        ? this::send
                        : new PushObservations(settings.observations(), topic, this::send),
                clientId);
        this.transactions = settings.transactionalId() == null
                ? null
                : new Transactions(
                        settings,
                        settings.transactionalId(),
                        producer,
                        thrown,
                        (record, outcomes) -> sending.apply(record.to(topic), outcomes));
    }

    private BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> measured(
            BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> plain, String clientId) {
        MeterRegistry meters = settings.meters();
        if (meters == null) {
            return plain;
        }
        PusherMetrics metrics = new PusherMetrics(meters, clientId, topic, producer, counts, plain);
        closing.whenDone(metrics::remove);
        return metrics;
    }

    /** Sets up a pusher with more than brokers and topic. The parameters are those of the constructor. */
    public static PusherBuilder builder(List<String> brokers, String topic) {
        return builder(Connection.builder().brokers(brokers).build(), topic);
    }

    /** Sets up a pusher for brokers that want a user or TLS. */
    public static PusherBuilder builder(Connection connection, String topic) {
        return new PusherBuilder(connection, topic);
    }

    /** Sets up a pusher with what a file says and more. */
    public static PusherBuilder builder(KqPusherConf conf) {
        return conf.toBuilder();
    }

    /** The topic. */
    @Override
    public String name() {
        return topic;
    }

    /** Pushes a record without a key. As {@link #push(String, String)} with a null key. */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> push(@Nullable String value) {
        return push(null, Utf8.bytes(value));
    }

    /** Pushes a record without a key. As {@link #push(byte[], byte[])} with a null key. */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> push(byte @Nullable [] value) {
        return push(null, value);
    }

    /**
     * Pushes a record, key and value as UTF-8.
     *
     * @param key null for no key
     * @param value null for a tombstone
     * @return completes when every in-sync replica has the record; fails with {@link PushException}. Blocks while the
     *     buffer is full and, with the first record, until a broker has told about the topic; each of these waits takes
     *     at most {@link PusherBuilder#maxBlock}
     */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> push(@Nullable String key, @Nullable String value) {
        return push(Utf8.bytes(key), Utf8.bytes(value));
    }

    /**
     * Pushes a record as it is. The arrays are not copied: do not change them before the future is done.
     *
     * @param key null for no key
     * @param value null for a tombstone
     * @return as {@link #push(String, String)}
     */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> push(byte @Nullable [] key, byte @Nullable [] value) {
        return push(new ProducerRecord<>(topic, key, value));
    }

    /**
     * Pushes a record with headers, an explicit partition or an explicit time.
     *
     * @return as {@link #push(String, String)}
     */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> push(PushRecord record) {
        return push(record.to(topic));
    }

    /**
     * Pushes an object as JSON in UTF-8, see {@link PusherBuilder#objectMapper}.
     *
     * @param key null for no key
     * @param value null for a tombstone
     * @return as {@link #push(String, String)}; fails also if the value cannot be written as JSON
     */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> pushJson(@Nullable String key, @Nullable Object value) {
        byte[] bytes;
        try {
            bytes = json.bytes(value);
        } catch (SerializationException e) {
            return refused(e);
        }
        return push(Utf8.bytes(key), bytes);
    }

    /** Pushes an object as JSON without a key. As {@link #pushJson(String, Object)} with a null key. */
    @CanIgnoreReturnValue
    public CompletableFuture<PushResult> pushJson(@Nullable Object value) {
        return pushJson(null, value);
    }

    /**
     * Pushes records in the order of the list.
     *
     * @return one future per record, in the same order, each as {@link #push(String, String)}: a record that fails does
     *     so alone. With {@link PusherBuilder#syncPush} all of them are done, and a failed one is a failed future, not
     *     an exception
     */
    @CanIgnoreReturnValue
    public List<CompletableFuture<PushResult>> pushAll(List<PushRecord> records) {
        if (settings.syncPush()) {
            checkMayWait("a push that waits");
        }
        checkNotTransactional();
        List<CompletableFuture<PushResult>> results = new ArrayList<>(records.size());
        for (PushRecord record : records) {
            results.add(sending.apply(record.to(topic), logged));
        }
        if (settings.syncPush()) {
            awaitAll(results);
        }
        return results;
    }

    /**
     * Runs a transaction: readers with {@code isolation.level=read_committed} see all that the body pushes or nothing.
     * When this method returns, the transaction is committed. When it throws, nothing of it is visible, except that the
     * outcome is open if no broker answered the commit within {@link PusherBuilder#deliveryTimeout}. Transactions of
     * one pusher run one after the other, on the threads that call; a waiting one fails after
     * {@link PusherBuilder#maxBlock}.
     *
     * @throws PushException if a record failed, or if another pusher with the same transactional id has taken over.
     *     After a transaction that takes longer than {@code transaction.timeout.ms} (60 s; see
     *     {@link PusherBuilder#property}) this pusher can only be closed
     * @throws IllegalStateException without {@link PusherBuilder#transactionalId}, or inside a transaction
     * @throws E what the body threw; the transaction was rolled back
     */
    public <E extends Exception> void inTransaction(TransactionBody<E> body) throws E {
        if (transactions == null) {
            throw new IllegalStateException(
                    "the pusher of topic " + topic + " is not transactional: give its builder a transactionalId");
        }
        checkMayWait("a transaction");
        transactions.run(body);
    }

    /**
     * Pushes a record and waits for its acknowledgement. Parameters as {@link #push(String, String)}.
     *
     * @throws PushException if it failed, or if the thread was interrupted while it waited (the interrupt is kept)
     * @throws IllegalStateException if called where a future completes: the push would wait for itself
     */
    @CanIgnoreReturnValue
    public PushResult pushSync(@Nullable String key, @Nullable String value) {
        return pushAndWait(new ProducerRecord<>(topic, Utf8.bytes(key), Utf8.bytes(value)));
    }

    /** Pushes a record without a key and waits. As {@link #pushSync(String, String)} with a null key. */
    @CanIgnoreReturnValue
    public PushResult pushSync(@Nullable String value) {
        return pushSync(null, value);
    }

    /** Pushes a record and waits. As {@link #pushSync(String, String)}. */
    @CanIgnoreReturnValue
    public PushResult pushSync(PushRecord record) {
        return pushAndWait(record.to(topic));
    }

    /**
     * Sends what is waiting without regard to the flush interval, and returns when every record pushed before is
     * acknowledged or failed; that takes at most {@link PusherBuilder#deliveryTimeout}. Does nothing after the close.
     *
     * @throws KqException if the thread is interrupted (the interrupt is kept)
     * @throws IllegalStateException if called where a future completes: the flush would wait for itself
     */
    public void flush() {
        if (closing.begun()) {
            return;
        }
        checkMayWait("flush");
        try {
            producer.now().flush();
        } catch (InterruptException e) {
            throw new KqException("Flush of topic " + topic + " was interrupted", e);
        } catch (KafkaException e) {
            throw new KqException("Flush of topic " + topic + " failed: " + e.getMessage(), e);
        }
    }

    /** What became of the records so far. */
    public PusherStats stats() {
        return counts.stats();
    }

    /** As {@link #close(Duration)} within {@link PusherBuilder#closeTimeout}; what is undelivered is logged. */
    @Override
    public void close() {
        close(settings.closeTimeout());
    }

    /**
     * Refuses further pushes, sends what is waiting, and reports. Records that are not acknowledged in time fail. May
     * be called any number of times, by several threads, while others push, and from a shutdown hook: the first call
     * closes, the others wait for it, as long as their own timeout, and return its report. Where one of the futures
     * completes, it returns at once with the numbers so far while the close goes on in a thread of its own. An
     * interrupt during the close cuts it short and is kept; one from before it is only kept.
     *
     * @param timeout the longest time to wait; zero gives up at once what is not acknowledged
     * @throws IllegalArgumentException if the timeout is negative
     */
    @CanIgnoreReturnValue
    public CloseReport close(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout " + timeout + ": must not be negative");
        }
        return closing.close(timeout.compareTo(LONGEST_CLOSE) < 0 ? timeout : LONGEST_CLOSE, onNetworkThread());
    }

    /** Does nothing: a pusher works from its making on. */
    @Override
    public void start() {}

    /**
     * As {@link #close(Duration)}, for a {@link dev.kq.ServiceGroup}, which does this when its consumers have stopped.
     *
     * @param timeout the longest time to wait; {@link PusherBuilder#closeTimeout} if that is shorter
     * @throws KqException if records were not acknowledged in time; their futures have failed
     */
    @Override
    public void stop(Duration timeout) {
        Duration most = settings.closeTimeout();
        CloseReport report = close(timeout.compareTo(most) < 0 ? timeout : most);
        if (!report.complete()) {
            throw new KqException(report.undelivered() + " record(s) were not delivered");
        }
    }

    /** Whether a close has begun. */
    boolean closed() {
        return closing.begun();
    }

    private CompletableFuture<PushResult> push(ProducerRecord<byte[], byte[]> record) {
        if (settings.syncPush()) {
            return CompletableFuture.completedFuture(pushAndWait(record));
        }
        checkNotTransactional();
        return sending.apply(record, logged);
    }

    private PushResult pushAndWait(ProducerRecord<byte[], byte[]> record) {
        checkMayWait("a push that waits");
        checkNotTransactional();
        return sending.apply(record, thrown).await(topic);
    }

    private Delivery send(ProducerRecord<byte[], byte[]> record, Delivery.Outcomes outcomes) {
        Delivery delivery = new Delivery(outcomes);
        counts.enter();
        if (closing.begun()) { // at once, or those who go on pushing would keep the close waiting
            counts.leave();
            delivery.onCompletion(null, new ClosedPusherException(topic));
            return delivery;
        }
        try {
            PushException refusal = refusal(record);
            if (refusal != null) {
                delivery.onCompletion(null, refusal);
            } else {
                Future<RecordMetadata> unused = producer.forRecord().send(record, delivery);
            }
        } catch (RuntimeException e) {
            // Thrown instead of given to the callback: an interrupt, or a producer that is closed or has failed for
            // good.
            delivery.onCompletion(null, e);
        } finally {
            counts.leave();
        }
        return delivery;
    }

    /** Why the record does not even go to the producer; null if it does. */
    private @Nullable PushException refusal(ProducerRecord<byte[], byte[]> record) {
        if (closing.begun()) {
            return new ClosedPusherException(topic);
        }
        try {
            check.pass(record);
            return null;
        } catch (KafkaException e) {
            return PushException.of(topic, settings.connection(), e);
        }
    }

    /** Counts and reports a record that never became one. */
    private CompletableFuture<PushResult> refused(RuntimeException reason) {
        PushException failure = PushException.of(topic, reason);
        counts.enter();
        counts.leave();
        if (settings.syncPush()) {
            throw thrown.failed(failure);
        }
        return CompletableFuture.failedFuture(logged.failed(failure));
    }

    private static void awaitAll(List<CompletableFuture<PushResult>> results) {
        try {
            CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).get();
        } catch (ExecutionException e) {
            // Each future tells its own failure.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkNotTransactional() {
        if (transactions != null) {
            throw new IllegalStateException(
                    "the pusher of topic " + topic + " has a transactionalId: push inside inTransaction");
        }
    }

    private void checkMayWait(String what) {
        if (onNetworkThread()) {
            throw new IllegalStateException(
                    what + ", called where a future of topic " + topic + " completes, would wait for itself");
        }
    }

    private boolean onNetworkThread() {
        return Thread.currentThread().getName().equals(networkThread);
    }

    private static Producer<byte[], byte[]> producer(PusherSettings settings, Map<String, Object> properties) {
        try {
            return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        } catch (KafkaException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new KqException("No pusher for topic " + settings.topic() + ": " + reason.getMessage(), e);
        }
    }
}
