package dev.kq;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the partitions that one fetcher owns: opens them when they are assigned, gives them up when they are revoked or
 * lost, passes polled records on, and pauses those that hold enough.
 *
 * <p>Confined to the fetcher's thread; the rebalance callbacks run there too, inside {@code poll} and {@code close}.
 */
final class Assignment implements ConsumerRebalanceListener {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    private static final Duration START_POSITION_TIMEOUT = Duration.ofSeconds(10);
    private static final long ENDS_PERIOD_NANOS = Duration.ofSeconds(5).toNanos();
    private static final Duration ENDS_TIMEOUT = Duration.ofMillis(500);
    private static final Duration START_POSITION_RETRY_TIMEOUT = Duration.ofSeconds(1);
    /** So far ahead of ours a producer's clock may be for its messages to count as pushed since the start. */
    private static final Duration FASTEST_CLOCK = Duration.ofMinutes(1);
    /**
     * So many times as long as an attempt took the fetcher is there for the other partitions, but no longer than that.
     */
    private static final int START_POSITION_PAUSE = 9;

    private static final long LONGEST_START_POSITION_PAUSE_NANOS =
            Duration.ofSeconds(10).toNanos();

    private static final long LOOK_FOR_STOP_NANOS = Duration.ofMillis(100).toNanos();

    private final Consumer<byte[], byte[]> consumer;
    private final Partitions partitions;
    private final OffsetCommitter committer;
    private final QueueCounters counters;
    private final Runnable nudge;
    /** Where there is no commit, what was pushed before is not for this group; null if all of it is. */
    private final @Nullable Instant startsAfter;

    private final Duration revokeBudget;
    /** Makes of a time that is waited for the one at which a stop ends the wait, if that is earlier. */
    private final LongUnaryOperator untilStop;

    private final LongSupplier nanoTime;

    private final Map<TopicPartition, OwnedPartition> owned = new HashMap<>();
    /**
     * Assigned, and no broker has said yet where they start, or that start is not committed yet; nothing of them is
     * fetched before.
     */
    private final Set<TopicPartition> unknownStarts = new HashSet<>();
    /** Cannot be read at the moment; nothing of them is fetched. */
    private final Set<TopicPartition> setAside = new HashSet<>();

    /** Where the logs of paused partitions ended, when they were asked last; never too far on. */
    private Map<TopicPartition, Long> endsOfPaused = new HashMap<>();

    /** Given up while handlers had records of them. */
    private final List<OwnedPartition> leftRunning = new ArrayList<>();

    /** When brokers may be asked again where those start; set with the first of them. */
    private long startsDue;

    private long endsDue = System.nanoTime();
    private boolean draining;
    private boolean allPaused;
    private Pauses pauses = Pauses.NONE;

    Assignment(
            Consumer<byte[], byte[]> consumer,
            Partitions partitions,
            OffsetCommitter committer,
            QueueCounters counters,
            Runnable nudge,
            @Nullable Instant startsAfter,
            Duration revokeBudget,
            LongUnaryOperator untilStop,
            LongSupplier nanoTime) {
        this.untilStop = untilStop;
        this.nanoTime = nanoTime;
        this.consumer = consumer;
        this.partitions = partitions;
        this.committer = committer;
        this.counters = counters;
        this.nudge = nudge;
        this.startsAfter = startsAfter;
        this.revokeBudget = revokeBudget;
    }

    Collection<OwnedPartition> owned() {
        return owned.values();
    }

    /** The partition in its present assignment; null if it is not assigned. */
    @Nullable
    OwnedPartition owned(TopicPartition tp) {
        return owned.get(tp);
    }

    // ---- rebalance callbacks

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
        if (!assigned.isEmpty()) {
            timed(() -> takeOver(assigned));
        }
    }

    private void takeOver(Collection<TopicPartition> assigned) {
        log.info("assigned {}", assigned);
        if (draining) {
            return; // the group takes them back when this member leaves, which is soon
        }
        for (TopicPartition tp : assigned) {
            OwnedPartition before = owned.put(tp, partitions.open(tp, nudge));
            if (before != null) {
                partitions.end(before);
            }
        }
        if (startsAfter != null) {
            unknownStarts.addAll(assigned);
            consumer.pause(assigned); // the consumer by itself would begin with the oldest
            startsDue = nanoTime.getAsLong();
            commitStartPositions(START_POSITION_TIMEOUT);
            Set<TopicPartition> known = new HashSet<>(assigned);
            known.removeAll(unknownStarts);
            consumer.resume(known);
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        List<OwnedPartition> leaving = remove(revoked);
        if (leaving.isEmpty()) {
            return;
        }
        log.info("revoked {}", revoked);
        timed(() -> giveUp(leaving, revokeBudget));
    }

    /** The broker gave them to somebody else without asking: their offsets are not ours to commit any more. */
    @Override
    public void onPartitionsLost(Collection<TopicPartition> lost) {
        List<OwnedPartition> leaving = remove(lost);
        if (leaving.isEmpty()) {
            return;
        }
        log.warn("lost {}: this member was away for too long; what it was doing is done again elsewhere", lost);
        timed(() -> {
            for (OwnedPartition partition : leaving) {
                counters.givenBack.add(partition.close());
                partitions.end(partition);
            }
        });
    }

    private void timed(Runnable rebalance) {
        long from = System.nanoTime();
        try {
            rebalance.run();
        } finally {
            counters.rebalances.increment();
            counters.rebalanceNanos.add(System.nanoTime() - from);
        }
    }

    /**
     * A group that never committed would start anew after each restart, and skip what was pushed in between. So its
     * start counts as progress, which is committed before anything is fetched; if that fails, the committer tries again
     * in its own time. Asked again as long as no broker answers. Where there is a commit, the consumer goes on from it
     * by itself.
     */
    private void commitStartPositions(Duration timeout) {
        unknownStarts.removeIf(this::hasBegun);
        Set<TopicPartition> unasked = new HashSet<>(unknownStarts);
        unasked.removeIf(tp -> {
            OwnedPartition partition = owned.get(tp);
            return partition != null && partition.position() >= 0;
        });
        long begun = nanoTime.getAsLong();
        Instant since = startsAfter;
        if (since == null || unasked.isEmpty() || begun - startsDue < 0) {
            return;
        }
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(unasked, timeout);
            List<OwnedPartition> starting = new ArrayList<>();
            for (TopicPartition tp : unasked) {
                OwnedPartition partition = owned.get(tp);
                if (partition == null || committed.get(tp) != null) {
                    unknownStarts.remove(tp);
                } else {
                    starting.add(partition);
                }
            }
            goToStarts(starting, since, timeout);
            committer.commitNow(starting, timeout);
            unknownStarts.removeIf(this::hasBegun);
        } catch (WakeupException e) {
            nudge.run(); // the nudge was for the loop; asked again there
            return;
        } catch (IllegalStateException e) { // KIP-848: the client's own thread took one away since it was assigned
            log.debug("a partition left while its start was looked for; looked at again in the next loop", e);
        } catch (KafkaException e) {
            log.warn(
                    "cannot find out whether the group has a committed offset for {}; nothing of it is fetched before,"
                            + " trying again: {}",
                    unasked,
                    e.toString());
        }
        long now = nanoTime.getAsLong();
        startsDue = now + Math.min(START_POSITION_PAUSE * (now - begun), LONGEST_START_POSITION_PAUSE_NANOS);
    }

    /** Whether its start is committed, or it is not ours any more. */
    private boolean hasBegun(TopicPartition tp) {
        OwnedPartition partition = owned.get(tp);
        return partition == null || partition.committed() >= 0;
    }

    /**
     * To the first record that was pushed after the start of the queue, or to the end. So a partition, or a topic of a
     * pattern, that is born while the queue runs is read from its first record on, whenever we hear of it. Removes
     * those whose end nobody says: one without a leader must not keep the others from their start.
     */
    private void goToStarts(List<OwnedPartition> starting, Instant since, Duration timeout) {
        if (starting.isEmpty()) {
            return; // to Kafka's client nothing would mean all
        }
        consumer.seekToEnd(starting.stream().map(OwnedPartition::topicPartition).toList());
        long deadline = System.nanoTime() + timeout.toNanos();
        Map<TopicPartition, Long> ends = new HashMap<>();
        starting.removeIf(partition -> {
            TopicPartition tp = partition.topicPartition();
            try {
                // The first one waits for all, so those with a leader answer even when the time is over.
                Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                ends.put(tp, consumer.position(tp, left));
                return false;
            } catch (TimeoutException e) {
                log.warn("no broker says where {} ends; nothing of it is fetched before, trying again", tp);
                return true;
            }
        });
        if (starting.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> times = new HashMap<>(ends);
        times.replaceAll((tp, end) -> since.toEpochMilli());
        Map<TopicPartition, OffsetAndTimestamp> firsts = consumer.offsetsForTimes(times, timeout);
        long latest = Instant.now().plus(FASTEST_CLOCK).toEpochMilli();
        for (OwnedPartition partition : starting) {
            TopicPartition tp = partition.topicPartition();
            long end = ends.getOrDefault(tp, 0L);
            OffsetAndTimestamp first = firsts.get(tp); // null if there is none since then
            // A message that claims to be of next year says nothing about those behind it.
            long start = first == null || first.timestamp() > latest ? end : Math.min(first.offset(), end);
            if (start < end) {
                consumer.seek(tp, start);
            }
            partition.add(List.of(), start);
        }
    }

    // ---- the fetcher's loop

    /** Hands polled records to their partitions, for the workers. */
    void accept(ConsumerRecords<byte[], byte[]> records) {
        accept(records, null);
    }

    /**
     * Hands polled records to their partitions. Those of a partition that is not owned will be delivered again.
     *
     * @param to who gets the partitions that have something to handle; null for the workers
     */
    void accept(ConsumerRecords<byte[], byte[]> records, PartitionQueue.@Nullable Offers to) {
        if (draining) {
            return;
        }
        for (Map.Entry<TopicPartition, OffsetAndMetadata> next :
                records.nextOffsets().entrySet()) {
            TopicPartition tp = next.getKey();
            if (setAside.contains(tp)) {
                continue;
            }
            List<ConsumerRecord<byte[], byte[]>> polled = records.records(tp);
            long position = next.getValue().offset();
            OwnedPartition partition = restartedIfLogWentBack(
                    tp, polled.isEmpty() ? position : polled.get(0).offset());
            if (partition != null) {
                partition.add(polled, position, to);
            }
        }
    }

    /** Fetches nothing of a partition until {@link #takeBack}, and drops what comes of it. */
    void setAside(TopicPartition tp) {
        setAside.add(tp);
    }

    void takeBack(TopicPartition tp) {
        setAside.remove(tp);
    }

    /** Nothing before the position will come any more. */
    void passed(TopicPartition tp, long position) {
        OwnedPartition partition = owned.get(tp);
        if (partition != null) {
            partition.add(List.of(), position);
        }
    }

    /**
     * Null if nothing is to be done with what was polled: the partition is not owned, or is fetched again from an
     * earlier offset, because records before the place where its log was cut are not done and are dropped here.
     */
    private @Nullable OwnedPartition restartedIfLogWentBack(TopicPartition tp, long offset) {
        OwnedPartition partition = owned.get(tp);
        if (partition == null || offset >= partition.position()) {
            return partition;
        }
        long notDone = partition.watermark();
        if (notDone < 0) {
            return null; // another fetcher of this process has just got it
        }
        long start = Math.min(offset, notDone);
        log.warn(
                "{} went back from offset {} to {}: it was truncated or created anew; starting at {}",
                tp,
                partition.position(),
                offset,
                start);
        endsOfPaused.remove(tp);
        counters.givenBack.add(partition.close());
        partitions.end(partition);
        OwnedPartition fresh = partitions.open(tp, nudge);
        owned.put(tp, fresh);
        if (start < offset) {
            try {
                consumer.seek(tp, start);
            } catch (IllegalStateException e) { // KIP-848: whoever has it now goes on from what is committed
                log.debug("{} left while its log went back", tp, e);
            }
            return null;
        }
        return fresh;
    }

    /** Pauses and resumes so that exactly those are fetched that may be, whatever happened since the last time. */
    void reconcilePauses(boolean pauseAll) {
        if (!unknownStarts.isEmpty() && !draining) {
            commitStartPositions(START_POSITION_RETRY_TIMEOUT);
        }
        Set<TopicPartition> paused = consumer.paused();
        List<TopicPartition> pause = new ArrayList<>();
        List<TopicPartition> resume = new ArrayList<>();
        boolean all = true;
        int byUser = 0;
        int unreadable = 0;
        int full = 0;
        for (TopicPartition tp : consumer.assignment()) {
            OwnedPartition partition = owned.get(tp);
            boolean tooFull = partition != null && partition.throttled();
            boolean aside = setAside.contains(tp);
            boolean want = pauseAll || draining || partition == null || aside || tooFull || unknownStarts.contains(tp);
            byUser += pauseAll ? 1 : 0;
            unreadable += aside ? 1 : 0;
            full += tooFull ? 1 : 0;
            all &= want;
            if (want && !paused.contains(tp)) {
                pause.add(tp);
            } else if (!want && paused.contains(tp)) {
                resume.add(tp);
            }
        }
        allPaused = all && !owned.isEmpty();
        pauses = pauses.changedTo(byUser, unreadable, full);
        try {
            if (!pause.isEmpty()) {
                consumer.pause(pause);
            }
            if (!resume.isEmpty()) {
                consumer.resume(resume);
            }
        } catch (IllegalStateException e) { // KIP-848: the client's own thread took one away since it was asked
            log.debug("a partition left while it was paused or resumed; looked at again in the next loop", e);
        }
    }

    /** Why partitions are paused at the moment. */
    Pauses pauses() {
        return pauses;
    }

    /** Whether nothing at all may be fetched at the moment. */
    boolean allPaused() {
        return allPaused;
    }

    /** Records between what is done and the end of the log, over all partitions; -1 if that is not known yet. */
    long lag(long now) {
        askForEndsOfPaused(now);
        long sum = 0;
        for (OwnedPartition partition : owned.values()) {
            OptionalLong behindPosition = lagBehindPosition(partition.topicPartition());
            long position = partition.position();
            long lag = behindPosition.isEmpty()
                    ? -1
                    : behindPosition.getAsLong() + (position < 0 ? 0 : position - partition.watermark());
            Long end = endsOfPaused.get(partition.topicPartition());
            if (lag >= 0 && position >= 0 && end != null) {
                lag = Math.max(lag, end - partition.watermark());
            }
            partition.seen(lag, now);
            sum = lag < 0 || sum < 0 ? -1 : sum + lag;
        }
        return sum;
    }

    /** The partition that has stood still with a lag for longest, if for longer than given; null if none has. */
    @Nullable
    OwnedPartition stalled(long longerThanNanos, long now) {
        OwnedPartition longest = null;
        for (OwnedPartition partition : owned.values()) {
            if (pauses.byUser() > 0) {
                partition.pausedByUser(now);
            }
            long stalled = partition.stalledNanos(now);
            if (stalled > (longest == null ? longerThanNanos : longest.stalledNanos(now))) {
                longest = partition;
            }
        }
        return longest;
    }

    /** The client learns where a log ends with each fetch, so of what is not fetched it would know an old end only. */
    private void askForEndsOfPaused(long now) {
        if (now - endsDue < 0) {
            return;
        }
        Set<TopicPartition> paused = new HashSet<>(consumer.paused());
        paused.retainAll(owned.keySet());
        if (paused.isEmpty()) {
            endsOfPaused.clear(); // the client knows better
        }
        if (paused.isEmpty() || draining) {
            return;
        }
        endsDue = now + ENDS_PERIOD_NANOS;
        try {
            endsOfPaused = new HashMap<>(consumer.endOffsets(paused, ENDS_TIMEOUT));
        } catch (WakeupException e) {
            nudge.run(); // the nudge was for the loop
        } catch (KafkaException | IllegalStateException e) {
            log.debug("the ends of paused partitions are not known at the moment", e);
        }
    }

    OptionalLong lagBehindPosition(TopicPartition tp) {
        try {
            return consumer.currentLag(tp);
        } catch (IllegalStateException e) { // KIP-848: it left, and the listener is told in the next poll
            return OptionalLong.empty();
        }
    }

    // ---- stop

    /** Hands out nothing any more and drops what no handler has begun. */
    void beginDrain() {
        draining = true;
        for (OwnedPartition partition : owned.values()) {
            counters.givenBack.add(partition.close());
        }
    }

    /** Records that handlers have at the moment. */
    int running() {
        return owned.values().stream().mapToInt(OwnedPartition::running).sum();
    }

    /** Records that handlers have of partitions that were given up before their handlers returned. */
    int leftRunning() {
        return leftRunning.stream().mapToInt(OwnedPartition::running).sum();
    }

    /** Commits what is done and fences the rest. Returns what is committed for each partition. */
    Map<TopicPartition, Long> endAll(Duration commitTimeout) {
        committer.commitNow(owned.values(), commitTimeout);
        Map<TopicPartition, Long> committed = new HashMap<>();
        for (OwnedPartition partition : owned.values()) {
            if (partition.committed() >= 0) {
                committed.put(partition.topicPartition(), partition.committed());
            }
            partitions.end(partition);
        }
        owned.clear();
        return committed;
    }

    private List<OwnedPartition> remove(Collection<TopicPartition> topicPartitions) {
        List<OwnedPartition> removed = new ArrayList<>();
        for (TopicPartition tp : topicPartitions) {
            unknownStarts.remove(tp);
            setAside.remove(tp);
            endsOfPaused.remove(tp);
            OwnedPartition partition = owned.remove(tp);
            if (partition != null) {
                removed.add(partition);
            }
        }
        return removed;
    }

    private void giveUp(List<OwnedPartition> leaving, Duration budget) {
        long deadline = System.nanoTime() + budget.toNanos();
        leftRunning.removeIf(partition -> partition.running() == 0);
        for (OwnedPartition partition : leaving) {
            counters.givenBack.add(partition.close());
        }
        boolean interrupted = false;
        for (OwnedPartition partition : leaving) {
            try {
                if (!interrupted && !awaitQuiet(partition, deadline)) {
                    log.warn(
                            "{}: {} record(s) still running after {} or when the queue stopped, given up; they are done"
                                    + " again elsewhere",
                            partition.topicPartition(),
                            partition.running(),
                            budget);
                    leftRunning.add(partition);
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        committer.commitNow(leaving, Membership.COMMIT_TIMEOUT);
        leaving.forEach(partitions::end);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A stop that begins meanwhile may leave less time. */
    private boolean awaitQuiet(OwnedPartition partition, long deadline) throws InterruptedException {
        while (true) {
            long left = untilStop.applyAsLong(deadline) - System.nanoTime();
            if (partition.awaitQuiet(Math.min(left, LOOK_FOR_STOP_NANOS))) {
                return true;
            }
            if (left <= LOOK_FOR_STOP_NANOS) {
                return false;
            }
        }
    }
}
