package dev.kq;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.errors.KqException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka topic as a queue: fetches its messages, gives each to a handler on one of many workers, in the order of its
 * key, and commits an offset only when everything before it is done.
 *
 * <pre>{@code
 * KqConf conf = KqConf.load(Path.of("kq.yaml"));
 * try (KqQueue queue = new KqQueue(conf, (key, value) -> System.out.println("=> " + value))) {
 *     queue.start();
 *     queue.join();
 * }
 * }</pre>
 *
 * <p>Delivery is at least once. A message comes again if the process dies, or its partition moves to another member,
 * before its offset was committed.
 *
 * <p>A queue is started once and stopped once. All methods may be called from every thread, from a handler too. kq:
 * {@code kq.MustNewQueue}, {@code MessageQueue}.
 */
public final class KqQueue implements Service, AutoCloseable {
    private final Engine engine;
    private final QueueState state;

    /**
     * A queue with default options. Nothing is connected before {@link #start()}.
     *
     * @param conf what to read and how
     * @param handler is called for each message
     * @throws KqException if the configuration asks for something that this JVM does not have
     */
    public KqQueue(KqConf conf, ConsumeHandler handler) {
        this(builder(conf).handler(handler).checked());
    }

    private KqQueue(Builder options) {
        engine = new Engine(options);
        state = new QueueState(engine);
        setRateLimit(engine.conf.rateLimit());
    }

    /** Collects the options of a queue. */
    public static Builder builder(KqConf conf) {
        return new Builder(conf);
    }

    /**
     * Starts to fetch and handle messages. Returns at once; a broker that does not answer is tried until it does.
     *
     * @throws KqException if the queue was started or stopped before
     */
    @Override
    public void start() {
        engine.start();
    }

    /**
     * Waits until the queue has stopped, whoever stopped it.
     *
     * @throws KqException if it was never started, or was stopped by a failure that it cannot go on with: an
     *     {@link Error} of a handler, or a setting that Kafka refuses
     * @throws InterruptedException if the calling thread is interrupted; the queue goes on
     */
    public void join() throws InterruptedException {
        engine.lifecycle.join();
    }

    /**
     * Stops fetching, lets the handlers that run finish within {@code DrainTimeout}, commits what is done and leaves
     * the group. Messages that no handler has begun are left for the next start. Later calls wait for the same stop and
     * return the same report.
     *
     * <p>Called from a handler, it does not wait: that handler must return before the stop can be complete.
     *
     * @return what was done and what was left; from a handler, how it is at the moment
     */
    public StopReport stop() {
        return engine.lifecycle.stop();
    }

    /**
     * The same as {@link #stop()} within a given time, as a {@link ServiceGroup} asks for it. Handlers that run get at
     * most four fifths of it, and at most {@code DrainTimeout}; the rest is for the commit.
     *
     * @param timeout more than zero
     * @throws KqException if handlers had not returned by then; their messages come again
     */
    @Override
    public void stop(Duration timeout) {
        StopReport report = engine.lifecycle.stop(timeout);
        if (report.stillRunning() > 0) {
            throw new KqException(report.stillRunning() + " message(s) were still being handled after "
                    + report.elapsed() + " and come again");
        }
    }

    /** {@code Name} of the configuration. */
    @Override
    public String name() {
        return engine.lifecycle.name();
    }

    /** {@link Phase#CONSUMERS}: a queue stops while pushers still work. */
    @Override
    public Phase phase() {
        return Phase.CONSUMERS;
    }

    /** Completes when the queue has stopped; at once, and exceptionally, when it meets what it cannot go on with. */
    @Override
    public CompletionStage<?> ended() {
        return engine.lifecycle.ended();
    }

    /** Whether the calling thread is one of the queue's, such as that of a handler. */
    boolean runsHere() {
        return engine.lifecycle.runsHere();
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        engine.lifecycle.stop();
    }

    /** Stops fetching and handing out until {@link #resume()}; handlers that run finish. The group membership stays. */
    public void pause() {
        engine.work.pause();
        engine.fetchers.forEach(Fetcher::nudge);
    }

    /** Ends a {@link #pause()}. */
    public void resume() {
        engine.work.resume();
        engine.fetchers.forEach(Fetcher::nudge);
    }

    /**
     * Changes how many handlers may run at the same time.
     *
     * @param processors 1 or more; default {@code Processors} of the configuration
     * @throws KqException if the queue does not run
     * @throws IllegalArgumentException if the number is less than 1
     */
    public void setProcessors(int processors) {
        if (processors < 1) {
            throw new IllegalArgumentException("processors is " + processors + ", must be 1 or more");
        }
        engine.lifecycle.setProcessors(processors);
    }

    /**
     * Changes how many messages are given to handlers per second, over the whole queue.
     *
     * @param messagesPerSecond more than 0, or 0 for no limit; default {@code RateLimit} of the configuration
     * @throws IllegalArgumentException if the number is negative or no number
     */
    public void setRateLimit(double messagesPerSecond) {
        if (!(messagesPerSecond >= 0) || Double.isInfinite(messagesPerSecond)) {
            throw new IllegalArgumentException(
                    "messagesPerSecond is " + messagesPerSecond + ", must be 0 (no limit) or more");
        }
        engine.work.limitRate(
                messagesPerSecond == 0 ? null : new TokenBucket(messagesPerSecond, engine.surroundings.nanoTime()));
    }

    /** How the queue is at the moment. */
    public Health health() {
        return health(System.nanoTime());
    }

    /** How the queue would be at this time if nothing happened until then. */
    Health health(long nanoTime) {
        return engine.liveness.health(nanoTime);
    }

    /** Workers that wait for records. */
    int idleWorkers() {
        return engine.work.idleWorkers();
    }

    /** Whether something is done that is not committed. */
    boolean commitPending() {
        return engine.fetchers.stream()
                .anyMatch(fetcher -> fetcher.owned().stream().anyMatch(OwnedPartition::dirty));
    }

    /** The runs of all workers, those that have nothing at the moment included. */
    Collection<Run> runs() {
        return engine.runs.all();
    }

    /** All that there is to see, for those who look at the queue from outside. */
    QueueState state() {
        return state;
    }

    /**
     * Messages that wait in the partitions of this queue: from the first that is not done to the end of the log. As a
     * rule it is a second old at most; of a partition that is not fetched, five.
     *
     * @return empty as long as the end of some log is not known
     */
    public OptionalLong lag() {
        return engine.lag();
    }

    /** How many messages handlers have finished since the start. */
    public long handled() {
        return engine.counters.handled.sum();
    }

    /** How many messages were fetched and are not done: waiting, being handled, or waiting for another attempt. */
    public long held() {
        return engine.partitions.held();
    }

    /**
     * The options of a queue; each call replaces what was given before, but for {@link #interceptor} and
     * {@link #nonRetryable}, which add. Not thread-safe.
     */
    public static final class Builder {
        final List<Interceptor> interceptors = new ArrayList<>();

        @Nullable
        BatchHandler batchHandler;

        @Nullable
        RetryDelay retryDelay;

        @Nullable
        MeterRegistry meterRegistry;

        boolean kafkaClientMetrics;
        ErrorHandler errorHandler = FailurePolicy::logFailure;
        Surroundings surroundings = Surroundings.REAL;

        private KqConf conf;
        private @Nullable RecordHandler handler;
        private @Nullable ObservationRegistry observations;
        private @Nullable Boolean mdc;
        private final Set<Class<? extends Exception>> nonRetryable = new HashSet<>();
        private @Nullable IntFunction<Consumer<byte[], byte[]>> consumers;
        private @Nullable Supplier<Producer<byte[], byte[]>> deadLetterProducers;

        private Builder(KqConf conf) {
            this.conf = Objects.requireNonNull(conf, "conf");
        }

        /** Gives each message's key and value to the handler. */
        public Builder handler(ConsumeHandler value) {
            return onlyHandler(Handlers.of(Objects.requireNonNull(value, "handler")), null);
        }

        /** Gives each message with all that belongs to it to the handler, which may be a {@link Router}. */
        public Builder messageHandler(MessageHandler value) {
            return onlyHandler(Handlers.of(Objects.requireNonNull(value, "messageHandler")), null);
        }

        /** Gives each message's value to the handler, read from JSON as this type. Unknown fields are ignored. */
        public <T> Builder json(Class<T> type, JsonHandler<T> value) {
            return json(type, value, Handlers.defaultMapper());
        }

        /** Gives each message's value to the handler, read as this type by this mapper. */
        public <T> Builder json(Class<T> type, JsonHandler<T> value, ObjectMapper mapper) {
            Objects.requireNonNull(value, "json handler");
            return onlyHandler(Handlers.of(Handlers.json(type, value, mapper)), null);
        }

        /** Gives each message to the handler and waits for the stage that it returns. */
        public Builder asyncHandler(AsyncHandler value) {
            return onlyHandler(Handlers.of(Handlers.async(Objects.requireNonNull(value, "asyncHandler"))), null);
        }

        /** Gives up to {@code BatchSize} messages at a time to the handler. */
        public Builder batchHandler(BatchHandler value) {
            return onlyHandler(null, Objects.requireNonNull(value, "batchHandler"));
        }

        private Builder onlyHandler(@Nullable RecordHandler one, @Nullable BatchHandler batch) {
            handler = one;
            batchHandler = batch;
            return this;
        }

        /** Puts an interceptor around the handler, inside of those that were put there before. */
        public Builder interceptor(Interceptor value) {
            interceptors.add(Objects.requireNonNull(value, "interceptor"));
            return this;
        }

        /**
         * Exceptions of this class, and of classes below it, are not tried again: the attempts count as used up. Adds
         * to those of {@link KqConf#nonRetryable()}.
         */
        public Builder nonRetryable(Class<? extends Exception> type) {
            nonRetryable.add(Objects.requireNonNull(type, "nonRetryable"));
            return this;
        }

        Set<Class<? extends Exception>> allNonRetryable() {
            Set<Class<? extends Exception>> all = new HashSet<>(nonRetryable);
            for (String name : conf.nonRetryable()) {
                try {
                    all.add(KqConfChecks.exception(name));
                } catch (ClassNotFoundException e) {
                    throw new KqException("Retry.NonRetryable: there is no class " + name + " any more", e);
                }
            }
            return all;
        }

        /** Decides how long a failed message waits, in place of {@code Retry}. */
        public Builder retryWith(RetryDelay value) {
            retryDelay = Objects.requireNonNull(value, "retryWith");
            return this;
        }

        /** Is told of each failure of the handler. Default: logs it without the payload. */
        public Builder errorHandler(ErrorHandler value) {
            errorHandler = Objects.requireNonNull(value, "errorHandler");
            return this;
        }

        /** Shows the queue's counters and gauges in this registry from start to stop. Default: nowhere. */
        public Builder meterRegistry(MeterRegistry value) {
            meterRegistry = Objects.requireNonNull(value, "meterRegistry");
            return this;
        }

        /**
         * Whether the registry also shows the meters of Kafka's own consumers ({@code kafka.consumer.*}), through
         * Micrometer's binder. There are many of them. Default: false. No effect without a registry.
         */
        public Builder kafkaClientMetrics(boolean value) {
            kafkaClientMetrics = value;
            return this;
        }

        /**
         * Observes each call of the handler, each attempt by itself, with interceptors and {@code HandlerTimeout}
         * inside. A tracer in the registry makes it a span, whose parent is the push if the message has its
         * {@code traceparent}. Default: none, and {@link ObservationRegistry#NOOP} is none; then nothing is done.
         */
        public Builder observationRegistry(ObservationRegistry value) {
            Objects.requireNonNull(value, "observationRegistry");
            observations = value == ObservationRegistry.NOOP ? null : value;
            return this;
        }

        /**
         * Whether SLF4J's MDC has {@code topic}, {@code partition}, {@code offset} and, from the message's
         * {@code traceparent}, {@code traceId} while a handler runs; of a batch the first offset and no trace id.
         * Default: true if there is an {@link #observationRegistry}.
         */
        public Builder mdc(boolean value) {
            mdc = value;
            return this;
        }

        /** How often finished offsets are committed, 0 for as soon as possible. Replaces {@code CommitInterval}. */
        public Builder commitInterval(Duration value) {
            conf = conf.toBuilder().commitInterval(value).build();
            return this;
        }

        /** How many messages of each partition may be held. Replaces {@code QueueCapacity}. */
        public Builder queueCapacity(int value) {
            conf = conf.toBuilder().queueCapacity(value).build();
            return this;
        }

        /** How long the broker waits for {@code MinBytes} before it answers. Replaces {@code MaxWait}. */
        public Builder maxWait(Duration value) {
            conf = conf.toBuilder().maxWait(value).build();
            return this;
        }

        /** For tests: where the consumer of each fetcher comes from. */
        Builder consumers(IntFunction<Consumer<byte[], byte[]>> value) {
            consumers = value;
            return this;
        }

        /** For tests: where the producer of dead letters comes from. */
        Builder deadLetterProducers(Supplier<Producer<byte[], byte[]>> value) {
            deadLetterProducers = value;
            return this;
        }

        /** For tests: what is around the engine. */
        Builder surroundings(Surroundings value) {
            surroundings = value;
            return this;
        }

        /** The same options with another configuration; this builder stays as it is. */
        Builder with(KqConf otherConf) {
            Builder other = new Builder(otherConf);
            other.interceptors.addAll(interceptors);
            other.batchHandler = batchHandler;
            other.retryDelay = retryDelay;
            other.meterRegistry = meterRegistry;
            other.kafkaClientMetrics = kafkaClientMetrics;
            other.errorHandler = errorHandler;
            other.surroundings = surroundings;
            other.handler = handler;
            other.observations = observations;
            other.mdc = mdc;
            other.nonRetryable.addAll(nonRetryable);
            other.consumers = consumers;
            other.deadLetterProducers = deadLetterProducers;
            return other;
        }

        /** As it is at the moment. */
        KqConf conf() {
            return conf;
        }

        /** What handles a single message, when no batch handler is there. */
        RecordHandler single() {
            return Objects.requireNonNull(handler);
        }

        /** Makes the consumer of each fetcher. */
        IntFunction<Consumer<byte[], byte[]>> consumers() {
            KqConf now = conf;
            return consumers != null ? consumers : fetcher -> new KafkaConsumer<>(ConsumerProperties.of(now, fetcher));
        }

        /** Makes the producer of dead letters. */
        Supplier<Producer<byte[], byte[]>> deadLetterProducers() {
            KqConf now = conf;
            return deadLetterProducers != null
                    ? deadLetterProducers
                    : () -> new KafkaProducer<>(DeadLetterProperties.of(now));
        }

        /**
         * Makes the queue; nothing is connected yet.
         *
         * @throws KqException if there is no handler, interceptors or a {@code HandlerTimeout} are given with a batch
         *     handler, or the configuration asks for something that this JVM does not have
         */
        public KqQueue build() {
            return new KqQueue(checked());
        }

        private Builder checked() {
            if (handler == null && batchHandler == null) {
                throw new KqException("queue " + conf.name() + " has no handler: call handler, messageHandler, json,"
                        + " asyncHandler or batchHandler");
            }
            if (batchHandler != null && !interceptors.isEmpty()) {
                throw new KqException("queue " + conf.name()
                        + " has interceptors and a batch handler: interceptors stand around single messages");
            }
            if (batchHandler != null && !conf.handlerTimeout().isZero()) {
                throw new KqException("queue " + conf.name()
                        + " has HandlerTimeout and a batch handler: the timeout is for single messages");
            }
            return this;
        }

        /**
         * The handler itself, unless somebody wants to look. The MDC is outside: a tracer may write its own into it.
         */
        RecordHandler traced(RecordHandler single) {
            RecordHandler seen =
                    observations == null ? single : new HandlerObservations(observations, conf.group()).around(single);
            return inMdc() ? MessageMdc.around(seen) : seen;
        }

        BatchHandler traced(BatchHandler batch) {
            BatchHandler seen =
                    observations == null ? batch : new HandlerObservations(observations, conf.group()).around(batch);
            return inMdc() ? MessageMdc.around(seen) : seen;
        }

        private boolean inMdc() {
            return mdc == null ? observations != null : mdc;
        }
    }
}
