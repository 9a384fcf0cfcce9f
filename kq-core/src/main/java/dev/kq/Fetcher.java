package dev.kq;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the poll loop of one consumer, and of the next one where the group shut that out. It never waits for a handler
 * outside the budget of a revoke.
 *
 * <p>One thread at a time runs the loop; it alone touches the {@link Membership}. A thread that goes the
 * {@link ShortWay} lends the loop out meanwhile: if a handler keeps it there, another thread goes on with the loop, and
 * the first one ends with its handler.
 *
 * <pre>
 *              lend                  take back
 *   POLLING ─────────► ON THE SHORT WAY ─────────► POLLING
 *      ▲                      │
 *      └──────────────────────┘ another thread takes over
 * </pre>
 */
final class Fetcher implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    /** What all fetchers of a queue share. */
    record Shared(
            KqConf conf,
            IntFunction<Consumer<byte[], byte[]>> consumers,
            Partitions partitions,
            QueueCounters counters,
            QueueHealth health,
            BooleanSupplier paused,
            java.util.function.Consumer<Throwable> fatal,
            Runnable finished,
            ShortWays shortWays,
            String threadPrefix,
            Surroundings surroundings) {}

    /** Makes the short way of a thread; the parameters are those of {@link ShortWay}. */
    interface ShortWays {
        ShortWay open(long credit, Runnable kept);
    }

    /** A tenth of a second: the JVM itself warns of each thread that it cannot start. */
    private static final int LOOKS_UNTIL_NEXT_TRY = 20;

    private final int number;
    private final Shared shared;
    private final Signals signals = new Signals();
    private final Refusals refusal;
    private final Map<TopicPartition, Long> committedAtEnd = new ConcurrentHashMap<>();

    /** Even while a thread polls, odd while it is on the short way: whoever changes that first has the loop. */
    private final AtomicInteger turns = new AtomicInteger();
    /** The turn that a thread was last started for to take over. Confined to the queue's timer thread. */
    private int turnToTakeOver;
    /** How many looks to wait before a thread is asked for again, after there was none. Confined likewise. */
    private int looksUntilNextTry;

    /** Written by the first thread before the loop begins. */
    private Instant started = Instant.MAX;

    /** Written by the thread that runs the loop; null before the first and after the last. */
    private volatile @Nullable Membership membership;

    private volatile int stillRunning;

    Fetcher(int number, Shared shared) {
        this.number = number;
        this.shared = shared;
        this.refusal = new Refusals(shared.conf.connection(), number, shared.health);
    }

    // ---- for all threads

    /** Starts its first thread. All of them are daemons, for they may end in a handler that hangs. */
    void start() {
        newThread("", this).start();
    }

    /** Asks the fetcher to look around now: work was released, a pause ended, or it should stop. */
    void nudge() {
        signals.nudge();
    }

    /** Lets it drain until the time given at the latest, commit, leave the group, and end. */
    void stop(long deadlineNanoTime) {
        signals.stop(deadlineNanoTime);
    }

    /** Whether the calling thread runs the loop. */
    boolean runsHere() {
        return signals.meetThisThread();
    }

    /** For how long it has not come round its loop; 0 if it was not started. */
    long silentNanos(long now) {
        return signals.silentNanos(now);
    }

    /** Records between what is done and the end of the log; -1 if that is not known. */
    long lag() {
        Membership m = membership;
        return m == null ? -1 : m.lag();
    }

    int partitions() {
        Membership m = membership;
        return m == null ? 0 : m.partitions();
    }

    /** The partitions that it has, as it saw them a moment ago. */
    List<OwnedPartition> owned() {
        Membership m = membership;
        return m == null ? List.of() : m.owned();
    }

    /** Whether it is a member of the group, with partitions or in reserve. */
    boolean joined() {
        Membership m = membership;
        return m != null && m.joined();
    }

    Pauses pauses() {
        Membership m = membership;
        return m == null ? Pauses.NONE : m.pauses();
    }

    Map<TopicPartition, Long> committedAtEnd() {
        return committedAtEnd;
    }

    int stillRunning() {
        return stillRunning;
    }

    // ---- the thread that runs the loop

    @Override
    public void run() {
        loop(Long.MAX_VALUE, null);
    }

    /**
     * Fetches until the queue stops, or until another thread has taken over.
     *
     * @param before the way on which the thread is kept that had the loop before; null if none had
     */
    private void loop(long credit, @Nullable ShortWay before) {
        boolean mine = true;
        try {
            if (before == null) {
                started = shared.surroundings.instant();
            } else {
                before.leave();
            }
            signals.comeRound(System.nanoTime());
            signals.forThisThread();
            AtomicReference<@Nullable ShortWay> late = new AtomicReference<>();
            try (ShortWay way = shared.shortWays.open(credit, () -> letAnotherGoOn(late.get()))) {
                late.set(way);
                while (mine && (membership != null || join())) {
                    mine = fetchUntilStopped(Objects.requireNonNull(membership), way);
                }
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        } finally {
            if (mine) {
                finish();
            }
        }
    }

    private void finish() {
        Membership open = membership; // of a thread that could not even begin
        try {
            if (open != null) {
                end(open);
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        } finally {
            shared.finished.run();
        }
    }

    /** Makes a consumer and lets it join the group; false if the queue stops before. */
    private boolean join() {
        Consumer<byte[], byte[]> consumer = connect();
        if (consumer == null) {
            return false;
        }
        signals.forConsumer(consumer);
        Membership joining = new Membership(number, shared, signals, refusal, started, consumer);
        membership = joining;
        try {
            joining.subscribe();
        } catch (Throwable t) {
            end(joining);
            throw t;
        }
        return true;
    }

    /** Makes a consumer; tries again as long as no broker's name can be resolved. Null if stopped before. */
    private @Nullable Consumer<byte[], byte[]> connect() {
        while (!signals.stopping()) {
            signals.comeRound(System.nanoTime());
            try {
                Consumer<byte[], byte[]> c = shared.consumers.apply(number);
                shared.health.clear(QueueHealth.Trouble.BROKER_AWAY, number);
                return c;
            } catch (KafkaException e) {
                if (!BrokerWatch.isUnresolved(e)) {
                    throw e;
                }
                shared.health.report(QueueHealth.Trouble.BROKER_AWAY, number, BrokerWatch.rootMessage(e));
                signals.pause(Membership.BACKOFF_NANOS);
            }
        }
        return null;
    }

    /** Returns false if another thread goes on in place of this one. */
    private boolean fetchUntilStopped(Membership m, ShortWay way) {
        boolean mine = true;
        try {
            while (mine && !signals.stopping() && !m.expelled()) {
                mine = !m.fetch(way) || goAndComeBack(way);
                if (mine) {
                    m.lookAround();
                }
            }
            if (mine && signals.stopping()) {
                m.drain();
            }
        } finally {
            if (mine) {
                end(m);
            }
        }
        if (mine && m.expelled()) {
            signals.pause(Membership.BACKOFF_NANOS);
        }
        return mine;
    }

    private void end(Membership m) {
        try {
            stillRunning = m.running();
            committedAtEnd.putAll(m.end());
        } finally {
            membership = null;
        }
    }

    // ---- on the short way

    /** Returns false if that took so long that another thread has taken over. */
    private boolean goAndComeBack(ShortWay way) {
        int turn = turns.incrementAndGet();
        try {
            way.go();
        } catch (Throwable t) { // it was told of whatever happened on the way, and that failed too
            if (turns.compareAndSet(turn, turn + 1)) {
                throw t;
            }
            log.debug("the thread that handlers kept from fetcher {} has failed", number, t);
            return false;
        }
        return turns.compareAndSet(turn, turn + 1);
    }

    /** The timer: a handler keeps the thread that is on the short way. */
    private void letAnotherGoOn(@Nullable ShortWay way) {
        int turn = turns.get(); // before the look at the way, which whoever takes over leaves before his own first turn
        boolean lent = turn % 2 != 0;
        if (way == null || !lent || way.left() || turn == turnToTakeOver) {
            return;
        }
        if (looksUntilNextTry > 0) {
            looksUntilNextTry--;
            return;
        }
        try {
            newThread("-" + (turn + 1) / 2, () -> takeOver(turn, way)).start();
            turnToTakeOver = turn;
        } catch (OutOfMemoryError e) {
            looksUntilNextTry = LOOKS_UNTIL_NEXT_TRY;
            log.debug("a handler keeps the thread of fetcher {}, and there is no other: {}", number, e.getMessage());
        }
    }

    private void takeOver(int turn, ShortWay way) {
        if (turns.compareAndSet(turn, turn + 1)) { // else it has come back
            loop(ShortWay.NO_CREDIT_NANOS, way);
        }
    }

    private Thread newThread(String suffix, Runnable task) {
        Thread made = new Thread(task, shared.threadPrefix + number + suffix);
        made.setDaemon(true);
        return made;
    }
}
