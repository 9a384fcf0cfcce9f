package dev.kq;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
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
    private final QueueLifecycle lifecycle;
    private final Partitions partitions;
    private final List<Fetcher> fetchers = new ArrayList<>();
    private final WorkQueue work;
    private final Surroundings surroundings;
    private final StuckRuns runs;
    private final Watchdog watchdog;
    private final StatLine statLine;
    private final AtomicBoolean paused = new AtomicBoolean();
    private final QueueCounters counters = new QueueCounters();
    private final QueueHealth health;
    private final Liveness liveness;
    private final QueueState state;
    private final @Nullable QueueMetrics metrics;

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

    private KqQueue(Builder builder) {
        KqConf conf = builder.conf;
        surroundings = builder.surroundings;
        work = new WorkQueue(surroundings);
        health = new QueueHealth(conf.name());
        AtomicReference<@Nullable QueueLifecycle> late = new AtomicReference<>();
        Consumer<Throwable> fatal = failure -> {
            QueueLifecycle l = late.get();
            if (l != null) {
                l.fail(failure);
            }
        };
        String prefix = "kq-" + conf.name();
        QueueTimer timer = new QueueTimer(surroundings.alarms(WorkerThreads.platform(prefix + "-timer-")), fatal);
        FlowControl flow = new FlowControl(conf.queueCapacity(), conf.queueBytes());
        BatchHandler batchHandler = builder.batchHandler;
        BatchGate gate = batchHandler == null
                ? null
                : new BatchGate(conf.batchSize(), conf.batchWait().toNanos(), timer);
        metrics = builder.meterRegistry == null ? null : new QueueMetrics(builder.meterRegistry, conf.name());
        partitions = new Partitions(conf.ordering(), flow, work, gate, metrics);
        LastErrors errors = new LastErrors(builder.errorHandler);
        DeadLetters deadLetters = deadLetters(conf, builder.deadLetterProducers, timer);
        Worker.Shared worker = new Worker.Shared(
                work,
                new FailurePolicy(
                        conf, builder.retryDelay, builder.allNonRetryable(), errors, counters, surroundings.jitter()),
                timer,
                deadLetters,
                counters,
                fatal);
        runs = new StuckRuns(timer);
        statLine = new StatLine(conf, Duration.ofMinutes(1), counters, timer);
        watchdog = new Watchdog(conf.name(), conf.stallAfter(), runs, timer, health);
        Workers workers = new Workers(
                WorkerThreads.of(conf.workers(), prefix + "-worker-"), work, builder.workers(worker, timer, runs));
        int count = conf.conns() * conf.consumers();
        CountDownLatch alive = new CountDownLatch(count);
        Fetcher.Shared fetcher = new Fetcher.Shared(
                conf,
                consumers(builder),
                partitions,
                counters,
                health,
                paused::get,
                fatal,
                alive::countDown,
                surroundings);
        for (int i = 0; i < count; i++) {
            fetchers.add(new Fetcher(i, fetcher));
        }
        lifecycle = new QueueLifecycle(conf, fetchers, alive, workers, timer, deadLetters, counters);
        late.set(lifecycle);
        liveness = new Liveness(conf, fetchers, lifecycle, health);
        state = new QueueState(conf, this, fetchers, work, workers, runs, counters, paused::get, errors);
        setRateLimit(conf.rateLimit());
    }

    private IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers(Builder builder) {
        QueueMetrics shown = metrics;
        if (shown == null || !builder.kafkaClientMetrics) {
            return builder.consumers;
        }
        return number -> {
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer = builder.consumers.apply(number);
            shown.bind(new KafkaClientMetrics(consumer, Tags.of("queue", builder.conf.name())));
            return consumer;
        };
    }

    private @Nullable DeadLetters deadLetters(
            KqConf conf, Supplier<Producer<byte[], byte[]>> producers, QueueTimer timer) {
        String topic = conf.deadLetterTopic();
        return topic == null
                ? null
                : new DeadLetters(
                        topic,
                        conf.connection(),
                        new DeadLetterHeaders(conf.group(), conf.deadLetterSpringHeaders()),
                        producers,
                        WorkerThreads.platform("kq-" + conf.name() + "-dead-letters-"),
                        timer,
                        health,
                        counters,
                        surroundings);
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
        lifecycle.start();
        if (surroundings.watched()) {
            watchdog.start();
            statLine.start();
        }
        if (metrics != null) {
            metrics.register(counters);
            metrics.gauge(
                    "kq.lag", "Records from the first that is not done to the end of the log", () -> lag().orElse(-1));
            metrics.gauge("kq.records.held", "Records fetched and not done", this::held);
            metrics.gauge("kq.records.in.flight", "Records that handlers have", partitions::running);
            metrics.seconds(
                    "kq.records.in.flight.oldest",
                    "How long the oldest record has been in its handler",
                    () -> runs.longestBusyNanos(System.nanoTime()));
            metrics.gauge("kq.fetchers.idle", "Fetchers without a partition", this::idleFetchers);
            metrics.paused("user", () -> paused(Pauses::byUser));
            metrics.paused("full", () -> paused(Pauses::full));
            metrics.paused("unreadable", () -> paused(Pauses::unreadable));
            metrics.secondsCount("kq.workers.starved", "Time that workers waited for records", work::starvedNanos);
            lifecycle.beforeStopped(metrics::remove);
        }
    }

    private double paused(ToIntFunction<Pauses> reason) {
        return fetchers.stream()
                .mapToInt(fetcher -> reason.applyAsInt(fetcher.pauses()))
                .sum();
    }

    private double idleFetchers() {
        return fetchers.stream().filter(fetcher -> fetcher.partitions() == 0).count();
    }

    /**
     * Waits until the queue has stopped, whoever stopped it.
     *
     * @throws KqException if it was never started, or was stopped by a failure that it cannot go on with: an
     *     {@link Error} of a handler, or a setting that Kafka refuses
     * @throws InterruptedException if the calling thread is interrupted; the queue goes on
     */
    public void join() throws InterruptedException {
        lifecycle.join();
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
        return lifecycle.stop();
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
        StopReport report = lifecycle.stop(timeout);
        if (report.stillRunning() > 0) {
            throw new KqException(report.stillRunning() + " message(s) were still being handled after "
                    + report.elapsed() + " and come again");
        }
    }

    /** {@code Name} of the configuration. */
    @Override
    public String name() {
        return lifecycle.name();
    }

    /** {@link Phase#CONSUMERS}: a queue stops while pushers still work. */
    @Override
    public Phase phase() {
        return Phase.CONSUMERS;
    }

    /** Completes when the queue has stopped; at once, and exceptionally, when it meets what it cannot go on with. */
    @Override
    public CompletionStage<?> ended() {
        return lifecycle.ended();
    }

    /** Whether the calling thread is one of the queue's, such as that of a handler. */
    boolean runsHere() {
        return lifecycle.runsHere();
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        lifecycle.stop();
    }

    /** Stops fetching and handing out until {@link #resume()}; handlers that run finish. The group membership stays. */
    public void pause() {
        paused.set(true);
        work.pause();
        fetchers.forEach(Fetcher::nudge);
    }

    /** Ends a {@link #pause()}. */
    public void resume() {
        paused.set(false);
        work.resume();
        fetchers.forEach(Fetcher::nudge);
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
        lifecycle.setProcessors(processors);
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
        work.limitRate(messagesPerSecond == 0 ? null : new TokenBucket(messagesPerSecond, surroundings.nanoTime()));
    }

    /** How the queue is at the moment. */
    public Health health() {
        return health(System.nanoTime());
    }

    /** How the queue would be at this time if nothing happened until then. */
    Health health(long nanoTime) {
        return liveness.health(nanoTime);
    }

    /** Workers that wait for records. */
    int idleWorkers() {
        return work.idleWorkers();
    }

    /** Whether something is done that is not committed. */
    boolean commitPending() {
        return fetchers.stream().anyMatch(fetcher -> fetcher.owned().stream().anyMatch(OwnedPartition::dirty));
    }

    /** The runs of all workers, those that have nothing at the moment included. */
    Collection<Run> runs() {
        return runs.all();
    }

    /** All that there is to see, for those who look at the queue from outside. */
    QueueState state() {
        return state;
    }

    /**
     * Messages that wait in the partitions of this queue: from the first that is not done to the end of the log.
     *
     * @return empty as long as the end of some log is not known
     */
    public OptionalLong lag() {
        long sum = 0;
        boolean any = false;
        for (Fetcher fetcher : fetchers) {
            if (fetcher.partitions() > 0) {
                long lag = fetcher.lag();
                if (lag < 0) {
                    return OptionalLong.empty();
                }
                any = true;
                sum += lag;
            }
        }
        return any ? OptionalLong.of(sum) : OptionalLong.empty();
    }

    /** How many messages handlers have finished since the start. */
    public long handled() {
        return counters.handled.sum();
    }

    /** How many messages were fetched and are not done: waiting, being handled, or waiting for another attempt. */
    public long held() {
        return partitions.held();
    }

    /** The options of a queue; each call replaces what was given before. Not thread-safe. */
    public static final class Builder {
        private KqConf conf;
        private @Nullable RecordHandler handler;
        private @Nullable BatchHandler batchHandler;
        private final List<Interceptor> interceptors = new ArrayList<>();
        private @Nullable RetryDelay retryDelay;
        private @Nullable MeterRegistry meterRegistry;
        private boolean kafkaClientMetrics;
        private @Nullable ObservationRegistry observations;
        private @Nullable Boolean mdc;
        private final Set<Class<? extends Exception>> nonRetryable = new HashSet<>();
        private ErrorHandler errorHandler = FailurePolicy::logFailure;
        private IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers;
        private Supplier<Producer<byte[], byte[]>> deadLetterProducers;
        private Surroundings surroundings = Surroundings.REAL;

        private Builder(KqConf conf) {
            this.conf = Objects.requireNonNull(conf, "conf");
            this.consumers = fetcher -> new KafkaConsumer<>(ConsumerProperties.of(this.conf, fetcher));
            this.deadLetterProducers = () -> new KafkaProducer<>(DeadLetterProperties.of(this.conf));
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

        private Set<Class<? extends Exception>> allNonRetryable() {
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
        Builder consumers(IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> value) {
            consumers = value;
            return this;
        }

        /** For tests: where the producer of dead letters comes from. */
        Builder deadLetterProducers(Supplier<Producer<byte[], byte[]>> value) {
            deadLetterProducers = value;
            return this;
        }

        /** As it is at the moment. */
        KqConf conf() {
            return conf;
        }

        /** For tests: the same queue with another configuration and in other surroundings; this builder stays. */
        KqQueue build(
                KqConf otherConf,
                Surroundings other,
                IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> otherConsumers,
                Supplier<Producer<byte[], byte[]>> otherProducers) {
            KqConf ownConf = conf;
            Surroundings own = surroundings;
            IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> ownConsumers = consumers;
            Supplier<Producer<byte[], byte[]>> ownProducers = deadLetterProducers;
            try {
                conf = otherConf;
                surroundings = other;
                consumers = otherConsumers;
                deadLetterProducers = otherProducers;
                return build();
            } finally {
                conf = ownConf;
                surroundings = own;
                consumers = ownConsumers;
                deadLetterProducers = ownProducers;
            }
        }

        /**
         * Makes the queue; nothing is connected yet.
         *
         * @throws KqException if there is no handler, interceptors are given for a batch handler, or the configuration
         *     asks for something that this JVM does not have
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

        /** What the thread of each worker runs. */
        private Function<WorkQueue.Seat, Runnable> workers(Worker.Shared shared, QueueTimer timer, StuckRuns runs) {
            BatchHandler batch = batchHandler;
            RecordHandler single = handler;
            Surroundings from = surroundings;
            if (batch != null || single == null) {
                BatchHandler b = traced(Objects.requireNonNull(batch));
                return seat -> new BatchWorker(shared, b, conf.batchSize(), runs, seat);
            }
            RecordHandler chain = Handlers.around(interceptors, single);
            RecordHandler timed = traced(
                    conf.handlerTimeout().isZero() ? chain : new HandlerTimeouts(chain, conf.handlerTimeout(), timer));
            return seat -> new Worker(shared, timed, runs, seat, from.runLength());
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
