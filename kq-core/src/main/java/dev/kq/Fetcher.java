package dev.kq;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll loop: owns one Kafka consumer, fetches, commits, and takes part in rebalances. It never waits for a handler
 * outside the budget of a revoke; when there is too much work it keeps polling with the partitions paused.
 *
 * <p>One thread runs it from the making of the consumer to its close. {@link #nudge()} and {@link #stop} may be called
 * from other threads.
 */
final class Fetcher implements Runnable {
    static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_POLL = Duration.ofMillis(10);
    private static final long PAUSED_PARK_NANOS = Duration.ofMillis(20).toNanos();
    /** What no nudge tells of is seen after that: a batch that may be read again, a larger share of the bytes. */
    private static final Duration LONGEST_PAUSED_POLL = Duration.ofMillis(200);

    private static final long LAG_PERIOD_NANOS = Duration.ofMillis(200).toNanos();
    private static final long BACKOFF_NANOS = Duration.ofSeconds(1).toNanos();
    /** Calls that wait for a broker, one after the other, with much to spare for a busy machine. */
    private static final Duration LONGEST_CALLS = Duration.ofSeconds(60);

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
            Surroundings surroundings) {}

    private final int number;
    private final Shared shared;
    private final Refusals refusal;
    private final Map<TopicPartition, Long> committedAtEnd = new ConcurrentHashMap<>();

    /** Set once by the fetcher's thread; others only call {@code wakeup} on it, which Kafka allows. */
    private volatile @Nullable Consumer<byte[], byte[]> consumer;

    private volatile @Nullable Thread thread;
    /** In a poll that waits, so that a nudge must wake it up. */
    private volatile boolean polling;
    /** There was a nudge since the last look around; the next poll must not wait. */
    private volatile boolean nudged;

    /** Written before the thread's loop begins, by that thread. */
    private Instant started = Instant.MAX;

    /** This consumer is of no more use. Only the fetcher's thread. */
    private boolean expelled;

    private volatile boolean stopping;
    private volatile long drainDeadline;
    private volatile long lag = -1;
    private volatile int partitions;
    private volatile List<OwnedPartition> owned = List.of();
    private volatile boolean joined;
    /** When it came round its loop last. */
    private volatile long roundNanos;

    private volatile Pauses pauses = Pauses.NONE;
    private volatile int stillRunning;

    Fetcher(int number, Shared shared) {
        this.number = number;
        this.shared = shared;
        this.refusal = new Refusals(shared.conf.connection(), number, shared.health);
    }

    /** Asks the fetcher to look around now: work was released, a pause ended, or it should stop. */
    void nudge() {
        nudged = true;
        Consumer<byte[], byte[]> c = consumer;
        if (polling && c != null) {
            c.wakeup();
        } else {
            LockSupport.unpark(thread);
        }
    }

    /** Lets it drain until the time given at the latest, commit, leave the group, and end. */
    void stop(long deadlineNanoTime) {
        drainDeadline = deadlineNanoTime;
        stopping = true;
        nudge();
    }

    /** Records between what is done and the end of the log; -1 if that is not known. */
    long lag() {
        return lag;
    }

    int partitions() {
        return partitions;
    }

    /** The partitions that it has, as it saw them a moment ago. */
    List<OwnedPartition> owned() {
        return owned;
    }

    /** Whether it is a member of the group, with partitions or in reserve. */
    boolean joined() {
        return joined;
    }

    /** For how long it has not come round its loop; 0 if it was not started. */
    long silentNanos(long now) {
        return thread == null ? 0 : Math.max(0, now - roundNanos);
    }

    Pauses pauses() {
        return pauses;
    }

    Map<TopicPartition, Long> committedAtEnd() {
        return committedAtEnd;
    }

    int stillRunning() {
        return stillRunning;
    }

    @Override
    public void run() {
        roundNanos = System.nanoTime();
        started = shared.surroundings.instant();
        thread = Thread.currentThread();
        try {
            for (Consumer<byte[], byte[]> c = connect(); c != null; c = connect()) {
                consumer = c;
                expelled = false;
                fetchUntilStopped(c);
                if (expelled) {
                    pause(BACKOFF_NANOS);
                }
            }
        } catch (Throwable t) {
            shared.fatal.accept(t);
        } finally {
            shared.finished.run();
        }
    }

    /** Makes a consumer; tries again as long as no broker's name can be resolved. Null if stopped before. */
    private @Nullable Consumer<byte[], byte[]> connect() {
        while (!stopping) {
            roundNanos = System.nanoTime();
            try {
                Consumer<byte[], byte[]> c = shared.consumers.apply(number);
                shared.health.clear(QueueHealth.Trouble.BROKER_AWAY, number);
                return c;
            } catch (KafkaException e) {
                if (!BrokerWatch.isUnresolved(e)) {
                    throw e;
                }
                shared.health.report(QueueHealth.Trouble.BROKER_AWAY, number, BrokerWatch.rootMessage(e));
                pause(BACKOFF_NANOS);
            }
        }
        return null;
    }

    private void fetchUntilStopped(Consumer<byte[], byte[]> c) {
        KqConf conf = shared.conf;
        OffsetCommitter committer =
                new OffsetCommitter(c, conf.commitInterval(), shared.counters, shared.surroundings::nanoTime, refusal);
        Assignment assignment = new Assignment(
                c,
                shared.partitions,
                committer,
                shared.counters,
                this::nudge,
                conf.offset() == StartOffset.LAST ? started : null,
                revokeBudget(conf),
                this::untilStop,
                shared.surroundings::nanoTime);
        long lagDue = System.nanoTime();
        BrokerWatch watch = new BrokerWatch(c, conf, number, shared.health, refusal);
        UnreadableRecords unreadable = new UnreadableRecords(c, assignment, number, shared);
        try {
            Subscription.of(conf).subscribe(c, assignment);
            nudged = false;
            while (!stopping && !expelled) {
                assignment.reconcilePauses(shared.paused.getAsBoolean());
                pauses = assignment.pauses();
                assignment.accept(poll(c, assignment, committer, unreadable));
                long now = System.nanoTime();
                roundNanos = now;
                committer.tick(assignment.owned(), COMMIT_TIMEOUT);
                if (now - lagDue >= 0 || partitions != assignment.owned().size()) {
                    lag = assignment.lag(now); // with KIP-848 each look asks the client's own thread
                    lagDue = now + LAG_PERIOD_NANOS;
                    owned = List.copyOf(assignment.owned());
                    joined = !owned.isEmpty() || c.groupMetadata().generationId() > 0;
                    lookForStalls(assignment, now);
                }
                partitions = assignment.owned().size();
                watch.tick(now, partitions == 0);
                refusal.tick(now);
                unreadable.tick(now);
                nudged = false; // before the look at what it may be about
            }
            if (stopping) {
                drain(c, assignment, committer, unreadable);
            }
        } finally {
            end(c, assignment);
        }
    }

    private void lookForStalls(Assignment assignment, long now) {
        long limit = shared.conf.stallAfter().toNanos();
        OwnedPartition stalled = limit == 0 ? null : assignment.stalled(limit, now);
        if (stalled == null) {
            shared.health.clear(QueueHealth.Trouble.PARTITION_STALLED, number);
        } else {
            shared.health.report(
                    QueueHealth.Trouble.PARTITION_STALLED,
                    number,
                    stalled.topicPartition() + " waits for offset " + stalled.watermark() + ", longer than "
                            + shared.conf.stallAfter().toSeconds() + " s, with a lag");
        }
    }

    private ConsumerRecords<byte[], byte[]> poll(
            Consumer<byte[], byte[]> c,
            Assignment assignment,
            OffsetCommitter committer,
            UnreadableRecords unreadable) {
        try {
            Duration timeout = pollTimeout(committer);
            ConsumerRecords<byte[], byte[]> records =
                    assignment.allPaused() ? pollPaused(c, timeout) : pollAndWait(c, timeout);
            if (!records.isEmpty()) {
                refusal.over();
                unreadable.read(records);
            }
            return records;
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        } catch (InterruptException e) {
            Thread.interrupted(); // nobody of ours interrupts a fetcher; it ends by being told to stop
            return ConsumerRecords.empty();
        } catch (ConfigException | UnsupportedVersionException | InvalidTopicException | FencedInstanceIdException e) {
            throw e; // does not heal by waiting
        } catch (KafkaException e) {
            if (!stopping && unreadable.found(e)) {
                return ConsumerRecords.empty();
            }
            refusal.report(e);
            expelled = shutOut(e, assignment);
        }
        if (!expelled) {
            pause(BACKOFF_NANOS);
        }
        return ConsumerRecords.empty();
    }

    /**
     * With KIP-848 a consumer that its group was closed to never asks again, and one that may not read its topic asks a
     * thousand times a second. It is given up for a new one a second later.
     */
    private boolean shutOut(KafkaException failure, Assignment assignment) {
        return shared.conf.groupProtocol() == GroupProtocol.CONSUMER
                && (failure instanceof GroupAuthorizationException
                        || (failure instanceof TopicAuthorizationException
                                && assignment.owned().isEmpty()));
    }

    private ConsumerRecords<byte[], byte[]> pollAndWait(Consumer<byte[], byte[]> c, Duration timeout) {
        polling = true;
        try {
            return c.poll(nudged ? Duration.ZERO : timeout);
        } finally {
            polling = false;
        }
    }

    /**
     * Nothing may come, so this only serves the group. With fast handlers a nudge comes soon, and wakes a parked thread
     * more cheaply than a poll. Where none comes, a poll that waits costs less than many that do not. But a drain has a
     * deadline to keep, and with KIP-848 a poll does not wait while the client holds records of a paused partition.
     */
    private ConsumerRecords<byte[], byte[]> pollPaused(Consumer<byte[], byte[]> c, Duration timeout) {
        long from = System.nanoTime();
        try {
            ConsumerRecords<byte[], byte[]> records = c.poll(Duration.ZERO);
            if (records.isEmpty() && !nudged) {
                LockSupport.parkNanos(this, PAUSED_PARK_NANOS);
            }
            boolean mayWait = !stopping && shared.conf.groupProtocol() == GroupProtocol.CLASSIC;
            return records.isEmpty() && !nudged && mayWait
                    ? pollAndWait(c, shorter(timeout, LONGEST_PAUSED_POLL))
                    : records;
        } finally {
            shared.counters.pausedNanos.add(System.nanoTime() - from);
        }
    }

    private Duration pollTimeout(OffsetCommitter committer) {
        Duration untilCommit = Duration.ofNanos(committer.untilDueNanos());
        return untilCommit.compareTo(SHORTEST_POLL) < 0 ? SHORTEST_POLL : shorter(untilCommit, LONGEST_POLL);
    }

    /**
     * Finishes what runs and only that, polling on so that the group keeps this member, and so that a rebalance ends
     * during which nothing can be committed.
     */
    private void drain(
            Consumer<byte[], byte[]> c,
            Assignment assignment,
            OffsetCommitter committer,
            UnreadableRecords unreadable) {
        assignment.beginDrain();
        while ((assignment.running() > 0 || refusedByRebalance(assignment, committer))
                && System.nanoTime() - drainDeadline < 0) {
            nudged = false;
            assignment.reconcilePauses(true);
            poll(c, assignment, committer, unreadable);
        }
    }

    private static boolean refusedByRebalance(Assignment assignment, OffsetCommitter committer) {
        return !committer.commitNow(assignment.owned(), COMMIT_TIMEOUT) && committer.refusedByRebalance();
    }

    private void end(Consumer<byte[], byte[]> c, Assignment assignment) {
        stillRunning = assignment.running() + assignment.leftRunning();
        try {
            committedAtEnd.putAll(assignment.endAll(COMMIT_TIMEOUT));
        } finally {
            try {
                c.close(CloseOptions.timeout(CLOSE_TIMEOUT));
            } catch (WakeupException e) { // a nudge that came after the last poll
                c.close(CloseOptions.timeout(CLOSE_TIMEOUT));
            } catch (KafkaException e) {
                log.debug("closing the consumer failed; the group notices by itself that it is gone", e);
            }
            partitions = 0;
            owned = List.of();
            joined = false;
            pauses = Pauses.NONE;
            lag = -1;
        }
    }

    private void pause(long nanos) {
        if (!stopping) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    private long untilStop(long deadline) {
        return stopping && drainDeadline - deadline < 0 ? drainDeadline : deadline;
    }

    /** How long a round of the loop takes at most: giving partitions up, and the calls that wait for a broker. */
    static Duration longestRound(KqConf conf) {
        return revokeBudget(conf).plus(LONGEST_CALLS);
    }

    /** Well inside the time after which the group would drop a member that does not poll. */
    private static Duration revokeBudget(KqConf conf) {
        String interval = conf.properties().getOrDefault("max.poll.interval.ms", "300000");
        return shorter(Duration.ofMillis(Long.parseLong(interval.trim()) / 2), conf.drainTimeout());
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
