package dev.kq;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer in its group, from its making to its close: polls, commits, drains. When there is too much work it keeps
 * polling with the partitions paused.
 *
 * <p>Confined to the thread that runs the {@link Fetcher}'s loop; what it shows of itself may be asked for by all.
 */
final class Membership {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_POLL = Duration.ofMillis(10);
    private static final long PAUSED_PARK_NANOS = Duration.ofMillis(20).toNanos();
    /** What no nudge tells of is seen after that: a batch that may be read again, a larger share of the bytes. */
    private static final Duration LONGEST_PAUSED_POLL = Duration.ofMillis(200);

    private static final long LAG_PERIOD_NANOS = Duration.ofMillis(200).toNanos();
    static final long BACKOFF_NANOS = Duration.ofSeconds(1).toNanos();
    /** Calls that wait for a broker, one after the other, with much to spare for a busy machine. */
    private static final Duration LONGEST_CALLS = Duration.ofSeconds(60);

    private final int fetcher;
    private final Fetcher.Shared shared;
    private final Signals signals;
    private final Refusals refusal;
    private final Consumer<byte[], byte[]> consumer;
    private final OffsetCommitter committer;
    private final Assignment assignment;
    private final BrokerWatch watch;
    private final UnreadableRecords unreadable;
    private boolean expelled;
    private long lagDue = System.nanoTime();

    // For those who look from outside.
    private volatile long lag = -1;
    private volatile int partitions;
    private volatile List<OwnedPartition> owned = List.of();
    private volatile boolean joined;
    private volatile Pauses pauses = Pauses.NONE;

    /**
     * @param fetcher its number
     * @param started when the fetcher was, for those groups that begin with what is pushed since
     */
    Membership(
            int fetcher,
            Fetcher.Shared shared,
            Signals signals,
            Refusals refusal,
            Instant started,
            Consumer<byte[], byte[]> consumer) {
        this.fetcher = fetcher;
        this.shared = shared;
        this.signals = signals;
        this.refusal = refusal;
        this.consumer = consumer;
        KqConf conf = shared.conf();
        committer = new OffsetCommitter(
                consumer, conf.commitInterval(), shared.counters(), shared.surroundings()::nanoTime, refusal);
        assignment = new Assignment(
                consumer,
                shared.partitions(),
                committer,
                shared.counters(),
                signals::nudge,
                conf.offset() == StartOffset.LAST ? started : null,
                revokeBudget(conf),
                signals::untilStop,
                shared.surroundings()::nanoTime);
        watch = new BrokerWatch(consumer, conf, fetcher, shared.health(), refusal);
        unreadable = new UnreadableRecords(consumer, assignment, fetcher, shared);
    }

    // ---- for all threads

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

    Pauses pauses() {
        return pauses;
    }

    // ---- the fetcher's loop

    void subscribe() {
        Subscription.of(shared.conf()).subscribe(consumer, assignment);
    }

    /** Whether the consumer is of no more use. */
    boolean expelled() {
        return expelled;
    }

    /**
     * Polls once and hands over what came: to the short way if that opens, else to the workers. Returns whether the
     * short way must be gone now.
     */
    boolean fetch(ShortWay way) {
        assignment.reconcilePauses(shared.paused().getAsBoolean());
        pauses = assignment.pauses();
        ConsumerRecords<byte[], byte[]> records = poll();
        boolean opens = way.opens(records.count());
        assignment.accept(records, opens ? way : null);
        return opens;
    }

    /** Commits if that is due, and looks around. */
    void lookAround() {
        long now = System.nanoTime();
        committer.tick(assignment.owned(), COMMIT_TIMEOUT);
        if (now - lagDue >= 0 || partitions != assignment.owned().size()) {
            lag = assignment.lag(now); // with KIP-848 each look asks the client's own thread
            lagDue = now + LAG_PERIOD_NANOS;
            owned = List.copyOf(assignment.owned());
            joined = !owned.isEmpty() || consumer.groupMetadata().generationId() > 0;
            lookForStalls(now);
        }
        partitions = assignment.owned().size();
        watch.tick(now, partitions == 0);
        refusal.tick(now);
        unreadable.tick(now);
        signals.comeRound(now); // before the look at what a nudge may be about
    }

    private void lookForStalls(long now) {
        long limit = shared.conf().stallAfter().toNanos();
        OwnedPartition stalled = limit == 0 ? null : assignment.stalled(limit, now);
        if (stalled == null) {
            shared.health().clear(QueueHealth.Trouble.PARTITION_STALLED, fetcher);
        } else {
            shared.health()
                    .report(
                            QueueHealth.Trouble.PARTITION_STALLED,
                            fetcher,
                            stalled.topicPartition() + " waits for offset " + stalled.watermark() + ", longer than "
                                    + shared.conf().stallAfter().toSeconds() + " s, with a lag");
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            ConsumerRecords<byte[], byte[]> records =
                    assignment.allPaused() ? pollPaused() : signals.poll(consumer, pollTimeout());
            if (!records.isEmpty()) {
                refusal.over();
                unreadable.read(records);
            }
            return records;
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        } catch (InterruptException e) {
            Thread.interrupted(); // nobody of ours interrupts a fetcher that polls; it ends by being told to stop
            return ConsumerRecords.empty();
        } catch (ConfigException | UnsupportedVersionException | InvalidTopicException | FencedInstanceIdException e) {
            throw e; // does not heal by waiting
        } catch (KafkaException e) {
            if (!signals.stopping() && unreadable.found(e)) {
                return ConsumerRecords.empty();
            }
            refusal.report(e);
            expelled = shutOut(e);
        }
        if (!expelled) {
            signals.pause(BACKOFF_NANOS);
        }
        return ConsumerRecords.empty();
    }

    /**
     * With KIP-848 a consumer that its group was closed to never asks again, and one that may not read its topic asks a
     * thousand times a second. It is given up for a new one a second later.
     */
    private boolean shutOut(KafkaException failure) {
        return shared.conf().groupProtocol() == GroupProtocol.CONSUMER
                && (failure instanceof GroupAuthorizationException
                        || (failure instanceof TopicAuthorizationException
                                && assignment.owned().isEmpty()));
    }

    /**
     * Nothing may come, so this only serves the group. With fast handlers a nudge comes soon, and wakes a parked thread
     * more cheaply than a poll. Where none comes, a poll that waits costs less than many that do not. But a drain has a
     * deadline to keep, and with KIP-848 a poll does not wait while the client holds records of a paused partition.
     */
    private ConsumerRecords<byte[], byte[]> pollPaused() {
        long from = System.nanoTime();
        try {
            Duration timeout = pollTimeout();
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ZERO);
            if (records.isEmpty()) {
                signals.rest(PAUSED_PARK_NANOS);
            }
            boolean mayWait = !signals.stopping() && shared.conf().groupProtocol() == GroupProtocol.CLASSIC;
            return records.isEmpty() && !signals.nudged() && mayWait
                    ? signals.poll(consumer, shorter(timeout, LONGEST_PAUSED_POLL))
                    : records;
        } finally {
            shared.counters().pausedNanos.add(System.nanoTime() - from);
        }
    }

    private Duration pollTimeout() {
        Duration untilCommit = Duration.ofNanos(committer.untilDueNanos());
        return untilCommit.compareTo(SHORTEST_POLL) < 0 ? SHORTEST_POLL : shorter(untilCommit, LONGEST_POLL);
    }

    // ---- the end

    /**
     * Finishes what runs and only that, polling on so that the group keeps this member, and so that a rebalance ends
     * during which nothing can be committed.
     */
    void drain() {
        assignment.beginDrain();
        while ((assignment.running() > 0 || commitIsRefusedByRebalance())
                && System.nanoTime() - signals.drainDeadline() < 0) {
            signals.comeRound(System.nanoTime());
            assignment.reconcilePauses(true);
            poll();
        }
    }

    private boolean commitIsRefusedByRebalance() {
        return !committer.commitNow(assignment.owned(), COMMIT_TIMEOUT) && committer.refusedByRebalance();
    }

    /** Records that handlers have at the moment. */
    int running() {
        return assignment.running() + assignment.leftRunning();
    }

    /** Commits, leaves the group and closes the consumer. Returns what is committed. */
    Map<TopicPartition, Long> end() {
        try {
            return assignment.endAll(COMMIT_TIMEOUT);
        } finally {
            try {
                consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
            } catch (WakeupException e) { // a nudge that came after the last poll
                consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
            } catch (KafkaException e) {
                log.debug("closing the consumer failed; the group notices by itself that it is gone", e);
            }
        }
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
