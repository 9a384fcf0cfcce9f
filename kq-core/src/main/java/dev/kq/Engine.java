package dev.kq;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The parts of one queue: makes them and ties them together, and decides nothing. */
final class Engine {
    final KqConf conf;
    final Surroundings surroundings;
    final QueueLifecycle lifecycle;
    final Liveness liveness;
    final List<Fetcher> fetchers = new ArrayList<>();
    final Partitions partitions;
    final WorkQueue work;
    final Workers workers;
    final StuckRuns runs;
    final QueueCounters counters = new QueueCounters();
    final LastErrors errors;
    private final QueueHealth health;

    private final QueueTimer timer;
    private final Watchdog watchdog;
    private final StatLine statLine;
    private final @Nullable QueueMetrics metrics;

    Engine(KqQueue.Builder options) {
        conf = options.conf();
        surroundings = options.surroundings;
        work = new WorkQueue(surroundings);
        health = new QueueHealth(conf.name());
        AtomicReference<@Nullable QueueLifecycle> late = new AtomicReference<>();
        Consumer<Throwable> fatal = failure -> {
            QueueLifecycle known = late.get();
            if (known != null) {
                known.fail(failure);
            }
        };
        timer = new QueueTimer(surroundings.alarms(WorkerThreads.keepingTheJvmAlive(prefix() + "timer-")), fatal);
        runs = new StuckRuns(timer);
        statLine = new StatLine(conf, Duration.ofMinutes(1), counters, timer);
        watchdog = new Watchdog(conf.name(), conf.stallAfter(), runs, timer, health);
        metrics = options.meterRegistry == null ? null : new QueueMetrics(options.meterRegistry, conf.name());
        partitions = new Partitions(conf.ordering(), FlowControl.of(conf), work, gate(options), metrics);
        errors = new LastErrors(options.errorHandler);
        DeadLetters deadLetters = deadLetters(options);
        Worker.Shared worker = new Worker.Shared(
                work,
                new FailurePolicy(
                        conf, options.retryDelay, options.allNonRetryable(), errors, counters, surroundings.jitter()),
                timer,
                deadLetters,
                counters,
                new Pace(),
                fatal);
        RecordHandler handler = options.batchHandler == null ? records(options) : null;
        workers = new Workers(
                WorkerThreads.of(conf.workers(), prefix() + "worker-"), work, loops(options, worker, handler));
        int count = conf.conns() * conf.consumers();
        CountDownLatch alive = new CountDownLatch(count);
        Fetcher.Shared fetcher = new Fetcher.Shared(
                conf,
                consumers(options),
                partitions,
                counters,
                health,
                work::paused,
                fatal,
                alive::countDown,
                (credit, kept) -> new ShortWay(work, worker.pace(), hands(worker, handler), fatal, credit, kept),
                prefix() + "fetcher-",
                surroundings);
        for (int i = 0; i < count; i++) {
            fetchers.add(new Fetcher(i, fetcher));
        }
        lifecycle = new QueueLifecycle(conf, fetchers, alive, workers, runs, timer, deadLetters, counters);
        late.set(lifecycle);
        liveness = new Liveness(conf, fetchers, lifecycle, health);
    }

    private String prefix() {
        return "kq-" + conf.name() + "-";
    }

    private @Nullable BatchGate gate(KqQueue.Builder options) {
        return options.batchHandler == null
                ? null
                : new BatchGate(conf.batchSize(), conf.batchWait().toNanos(), timer);
    }

    private @Nullable DeadLetters deadLetters(KqQueue.Builder options) {
        String topic = conf.deadLetterTopic();
        return topic == null
                ? null
                : new DeadLetters(
                        topic,
                        conf.connection(),
                        new DeadLetterHeaders(conf.group(), conf.deadLetterSpringHeaders()),
                        options.deadLetterProducers(),
                        WorkerThreads.platform(prefix() + "dead-letters-"),
                        timer,
                        health,
                        counters,
                        surroundings);
    }

    private IntFunction<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers(KqQueue.Builder options) {
        QueueMetrics shown = metrics;
        if (shown == null || !options.kafkaClientMetrics) {
            return options.consumers();
        }
        return number -> {
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer =
                    options.consumers().apply(number);
            shown.bind(number, new KafkaClientMetrics(consumer, Tags.of("queue", conf.name())));
            return consumer;
        };
    }

    /** What is called for each record. */
    private RecordHandler records(KqQueue.Builder options) {
        RecordHandler chain = Handlers.around(options.interceptors, options.single());
        return options.traced(
                conf.handlerTimeout().isZero() ? chain : new HandlerTimeouts(chain, conf.handlerTimeout(), timer));
    }

    /** What the thread of each worker runs; without a handler for single records it takes batches. */
    private Function<WorkQueue.Seat, Runnable> loops(
            KqQueue.Builder options, Worker.Shared shared, @Nullable RecordHandler handler) {
        if (handler != null) {
            return seat -> new Worker(shared, handler, runs, seat, surroundings.runLength());
        }
        BatchHandler seen = options.traced(Objects.requireNonNull(options.batchHandler));
        return seat -> new BatchWorker(shared, seen, conf.batchSize(), runs, seat);
    }

    /** What calls the handler on the short way; null if all of it is for the workers' own threads. */
    private @Nullable Function<Run, RunHandler> hands(Worker.Shared shared, @Nullable RecordHandler handler) {
        return handler == null || conf.workers() == WorkerKind.VIRTUAL
                ? null
                : run -> new RunHandler(shared, handler, runs, surroundings.runLength(), run);
    }

    void start() {
        lifecycle.start();
        if (surroundings.watched()) {
            watchdog.start();
            statLine.start();
        }
        if (metrics != null) {
            metrics.register(this);
            lifecycle.beforeStopped(metrics::remove);
        }
    }

    /**
     * Records that wait in the partitions, from the first that is not done; empty while the end of a log is unknown.
     */
    OptionalLong lag() {
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
}
