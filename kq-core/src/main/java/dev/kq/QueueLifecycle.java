package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.kq.errors.KqException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops the threads of a queue, once each and in order. Thread-safe.
 *
 * <pre>
 *  NEW ──start──► RUNNING ──stop, or a fatal failure──► STOPPING ──► STOPPED
 *   └───────────────────────────stop───────────────────────────────────▲
 * </pre>
 *
 * <p>The stop itself is done by a thread made for it, so that whoever asks for it, a handler too, can do so. It lets
 * the fetchers drain, commit and leave the group, then ends the workers and the timer.
 */
final class QueueLifecycle {
    private enum State {
        NEW,
        RUNNING,
        STOPPING,
        STOPPED
    }

    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    /** A fetcher commits and leaves the group after the drain; more than both of their timeouts. */
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(15);

    private static final long LOOK_FOR_IDLE_FETCHERS_NANOS =
            Duration.ofSeconds(10).toNanos();
    private static final long STOP_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();
    /** For handlers that did not return during the drain, to do so after all. */
    private static final Duration HANDLERS_TIMEOUT = Duration.ofMillis(200);
    /** For workers that have nothing to do and end by themselves: a busy machine may have thousands of them. */
    private static final Duration WORKERS_TIMEOUT = Duration.ofSeconds(5);

    private final KqConf conf;
    private final String name;
    private final Duration drainTimeout;
    private final int processors;
    private final boolean insecure;
    private final List<Fetcher> fetchers;
    private final CountDownLatch fetchersAlive;
    private final Workers workers;
    private final StuckRuns runs;
    private final QueueTimer timer;
    private final @Nullable DeadLetters deadLetters;
    private final QueueCounters counters;
    private final CompletableFuture<StopReport> stopped = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Queue<Runnable> lastActs = new ConcurrentLinkedQueue<>();

    @GuardedBy("this")
    private State state = State.NEW;

    private volatile @Nullable Throwable fatal;

    QueueLifecycle(
            KqConf conf,
            List<Fetcher> fetchers,
            CountDownLatch fetchersAlive,
            Workers workers,
            StuckRuns runs,
            QueueTimer timer,
            @Nullable DeadLetters deadLetters,
            QueueCounters counters) {
        this.conf = conf;
        this.name = conf.name();
        this.drainTimeout = conf.drainTimeout();
        this.processors = conf.processors();
        this.insecure = conf.connection().insecureSkipVerify();
        this.fetchers = fetchers;
        this.fetchersAlive = fetchersAlive;
        this.workers = workers;
        this.runs = runs;
        this.timer = timer;
        this.deadLetters = deadLetters;
        this.counters = counters;
    }

    synchronized void start() {
        if (state != State.NEW) {
            throw new KqException("queue " + name + " cannot be started: it is "
                    + (state == State.RUNNING ? "running already" : "stopped; make a new one"));
        }
        log.debug("queue {} starts with {}", name, conf);
        state = State.RUNNING;
        if (insecure) {
            log.warn(
                    "queue {}: InsecureSkipVerify: the brokers' host names are not compared with their certificates,"
                            + " so whoever has any certificate of a trusted authority can pose as a broker",
                    name);
        }
        workers.setCount(processors);
        fetchers.forEach(Fetcher::start);
        timer.after(LOOK_FOR_IDLE_FETCHERS_NANOS, this::tellOfIdleFetchers);
    }

    /** Fetchers without a partition during a whole start are there for good, unless partitions are added. */
    private void tellOfIdleFetchers() {
        long idle =
                fetchers.stream().filter(fetcher -> fetcher.partitions() == 0).count();
        if (idle > 0 && idle < fetchers.size()) {
            log.info(
                    "queue {}: {} of {} fetchers have no partition to read; fewer Conns or Consumers would do",
                    name,
                    idle,
                    fetchers.size());
        }
    }

    String name() {
        return name;
    }

    /** Completes when the queue has stopped, or exceptionally as soon as it has failed. */
    CompletionStage<?> ended() {
        return ended.minimalCompletionStage();
    }

    synchronized boolean running() {
        return state == State.RUNNING;
    }

    synchronized void setProcessors(int count) {
        if (state == State.RUNNING) {
            workers.setCount(count);
        } else {
            throw new KqException("queue " + name + " does not run");
        }
    }

    @Nullable
    Throwable fatal() {
        return fatal;
    }

    /** Something broke that the queue cannot go on with. */
    void fail(Throwable failure) {
        synchronized (this) {
            if (fatal != null) {
                return;
            }
            fatal = failure;
        }
        try {
            log.error("queue {} stops: {}", name, failure.toString(), failure);
        } finally {
            try {
                stopAfterFailure();
            } finally {
                tell(failure);
            }
        }
    }

    /** Whoever hears of it may do anything, such as wait for the stop, and the stop for the thread that has failed. */
    private void tell(Throwable failure) {
        try {
            Thread teller = new Thread(() -> ended.completeExceptionally(failure), "kq-" + name + "-failure");
            teller.setDaemon(false); // the one that has failed may be one
            teller.start();
        } catch (OutOfMemoryError e) { // no thread to be had
            ended.completeExceptionally(failure);
        }
    }

    /**
     * There may be no memory for its thread at the moment, and nobody else may come to stop a queue that has failed.
     */
    private void stopAfterFailure() {
        try {
            beginStop(drainTimeout);
        } catch (Throwable t) {
            timer.after(STOP_AGAIN_NANOS, this::stopAfterFailure);
            log.error("queue {} cannot be stopped at the moment, trying again: {}", name, t.toString());
        }
    }

    /**
     * Begins the stop if it has not begun, and waits for its end. One of the queue's own threads does not wait, for the
     * stop waits for it; it gets a report of how things are at the moment.
     */
    StopReport stop() {
        return stopDraining(drainTimeout);
    }

    /** As {@link #stop()}, with a drain that leaves a fifth of the time for the commit. */
    StopReport stop(Duration timeout) {
        Duration most = timeout.dividedBy(5).multipliedBy(4);
        return stopDraining(most.compareTo(drainTimeout) < 0 ? most : drainTimeout);
    }

    private StopReport stopDraining(Duration drain) {
        beginStop(drain);
        return !stopped.isDone() && runsHere() ? report(Duration.ZERO) : uninterruptibly();
    }

    /**
     * Runs something short as the last act of the stop, before anybody who waits for it goes on; at once if it is over.
     */
    void beforeStopped(Runnable action) {
        lastActs.add(action);
        if (stopped.isDone()) {
            runLastActs();
        }
    }

    private void runLastActs() {
        for (Runnable act = lastActs.poll(); act != null; act = lastActs.poll()) {
            try {
                act.run();
            } catch (Throwable t) { // of a meter registry, say: whoever waits for the stop must not wait for ever
                log.warn("queue {}: {} at its end", name, t.toString(), t);
            }
        }
    }

    /** Waits until the queue has stopped. */
    void join() throws InterruptedException {
        synchronized (this) {
            if (state == State.NEW) {
                throw new KqException("queue " + name + " was not started");
            }
        }
        try {
            stopped.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("BUG: a stop that failed", e);
        }
        Throwable failure = fatal;
        if (failure != null) {
            throw new KqException("queue " + name + " was stopped by " + failure, failure);
        }
    }

    boolean runsHere() {
        return workers.runsHere() || fetchers.stream().anyMatch(Fetcher::runsHere);
    }

    private void beginStop(Duration drain) {
        State before;
        synchronized (this) {
            before = state;
            if (before == State.NEW) {
                state = State.STOPPED;
            } else if (before == State.RUNNING) {
                // First the thread: if there is no memory for it, the next stop tries again.
                Thread stop = new Thread(() -> stopNow(drain), "kq-" + name + "-stop");
                stop.setDaemon(false); // whoever asks for it may be one
                stop.start();
                state = State.STOPPING;
            }
        }
        if (before == State.NEW) {
            stopHelpers();
            stopped.complete(new StopReport(0, 0, 0, Map.of(), Duration.ZERO));
            ended.complete(null);
        }
    }

    private void stopNow(Duration drain) {
        long begun = System.nanoTime();
        long deadline = begun + drain.toNanos();
        try {
            fetchers.forEach(fetcher -> fetcher.stop(deadline));
            if (!fetchersAlive.await(drain.plus(LEAVE_TIMEOUT).toNanos(), TimeUnit.NANOSECONDS)) {
                log.warn("queue {}: {} fetcher(s) did not end in time and are left behind", name, fetchersAlive);
            }
            stopHelpers();
            int inHandlers = runs.inHandlers();
            int leftBehind = workers.stop((inHandlers > 0 ? HANDLERS_TIMEOUT : WORKERS_TIMEOUT).toNanos());
            if (inHandlers > 0 && leftBehind > 0) {
                log.warn("queue {}: {} handler(s) did not return in {} and were interrupted", name, inHandlers, drain);
            }
        } catch (InterruptedException e) {
            log.error("queue {}: the stop was interrupted", name);
        } finally {
            stopHelpers(); // the timer's thread would keep the JVM alive
            StopReport report = report(Duration.ofNanos(System.nanoTime() - begun));
            synchronized (this) {
                state = State.STOPPED;
            }
            log.info("queue {} stopped: {}", name, report);
            runLastActs();
            stopped.complete(report);
            runLastActs(); // one that came in between
            if (fatal == null) { // else the failure is what it ended with
                ended.complete(null);
            }
        }
    }

    private void stopHelpers() {
        timer.stop();
        if (deadLetters != null) {
            deadLetters.stop();
        }
    }

    private StopReport report(Duration elapsed) {
        Map<TopicPartition, Long> committed = new HashMap<>();
        int stillRunning = 0;
        for (Fetcher fetcher : fetchers) {
            committed.putAll(fetcher.committedAtEnd());
            stillRunning += fetcher.stillRunning();
        }
        return new StopReport(counters.handled.sum(), counters.givenBack.sum(), stillRunning, committed, elapsed);
    }

    private StopReport uninterruptibly() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return stopped.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("BUG: a stop that failed", e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
