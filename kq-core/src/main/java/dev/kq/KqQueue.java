package dev.kq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.KafkaConsumer;
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
public final class KqQueue implements AutoCloseable {
    private final QueueLifecycle lifecycle;
    private final Partitions partitions;
    private final List<Fetcher> fetchers = new ArrayList<>();
    private final WorkQueue work = new WorkQueue();
    private final AtomicBoolean paused = new AtomicBoolean();
    private final QueueCounters counters = new QueueCounters();
    private final QueueHealth health;

    /**
     * A queue with default options. Nothing is connected before {@link #start()}.
     *
     * @param conf what to read and how
     * @param handler is called for each message
     * @throws KqException if the configuration asks for something that this JVM does not have
     */
    public KqQueue(KqConf conf, ConsumeHandler handler) {
        this(builder(conf).handler(handler));
    }

    private KqQueue(Builder builder) {
        KqConf conf = builder.conf;
        RecordHandler handler = builder.handler;
        if (handler == null) {
            throw new KqException("queue " + conf.name() + " has no handler: call handler(...) or messageHandler(...)");
        }
        if (conf.deadLetterTopic() != null) {
            throw new KqException("DeadLetter: dead letters are not supported by this version");
        }
        health = new QueueHealth(conf.name());
        String prefix = "kq-" + conf.name();
        var workerThreads = WorkerThreads.of(conf.workers(), prefix + "-worker-");
        AtomicReference<@Nullable QueueLifecycle> late = new AtomicReference<>();
        Consumer<Throwable> fatal = failure -> {
            QueueLifecycle l = late.get();
            if (l != null) {
                l.fail(failure);
            }
        };
        QueueTimer timer = new QueueTimer(WorkerThreads.platform(prefix + "-timer-"), fatal);
        FlowControl flow = new FlowControl(conf.queueCapacity(), conf.queueBytes());
        partitions = new Partitions(conf.ordering(), flow, work);
        Workers workers = new Workers(
                workerThreads,
                new Worker.Shared(
                        work,
                        handler,
                        new FailurePolicy(conf, builder.errorHandler, counters),
                        new StuckRuns(timer),
                        timer,
                        counters,
                        fatal));
        int count = conf.conns() * conf.consumers();
        CountDownLatch alive = new CountDownLatch(count);
        Fetcher.Shared shared = new Fetcher.Shared(
                conf, builder.consumers, partitions, counters, health, paused::get, fatal, alive::countDown);
        for (int i = 0; i < count; i++) {
            fetchers.add(new Fetcher(i, shared));
        }
        lifecycle = new QueueLifecycle(conf, fetchers, alive, workers, timer, counters);
        late.set(lifecycle);
        setRateLimit(conf.rateLimit());
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
    public void start() {
        lifecycle.start();
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
        work.limitRate(messagesPerSecond == 0 ? null : new TokenBucket(messagesPerSecond, System.nanoTime()));
    }

    /** How the queue is at the moment. */
    public Health health() {
        return health.health(lifecycle.running(), lifecycle.fatal());
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
        private ErrorHandler errorHandler = FailurePolicy::logFailure;
        private IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers;

        private Builder(KqConf conf) {
            this.conf = Objects.requireNonNull(conf, "conf");
            this.consumers = fetcher -> new KafkaConsumer<>(ConsumerProperties.of(this.conf, fetcher));
        }

        /** Gives each message's key and value to the handler. */
        public Builder handler(ConsumeHandler value) {
            Objects.requireNonNull(value, "handler");
            handler = (record, attempt) -> value.consume(Message.text(record.key()), Message.text(record.value()));
            return this;
        }

        /** Gives each message with all that belongs to it to the handler. */
        public Builder messageHandler(MessageHandler value) {
            Objects.requireNonNull(value, "messageHandler");
            handler = (record, attempt) -> value.handle(new Message(record, attempt));
            return this;
        }

        /** Is told of each failure of the handler. Default: logs it without the payload. */
        public Builder errorHandler(ErrorHandler value) {
            errorHandler = Objects.requireNonNull(value, "errorHandler");
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

        /**
         * Makes the queue; nothing is connected yet.
         *
         * @throws KqException if there is no handler, or the configuration asks for something that this JVM does not
         *     have
         */
        public KqQueue build() {
            return new KqQueue(this);
        }
    }
}
