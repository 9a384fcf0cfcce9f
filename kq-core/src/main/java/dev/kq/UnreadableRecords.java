package dev.kq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deals with batches that Kafka's client cannot decode, damaged on a disk or on the way. One of them makes every poll
 * fail, also for the other partitions; so its partition is found and set aside, fetched again with the backoff of
 * {@code Retry}, and after the last attempt passed offset by offset if {@code ForceCommit} says so.
 *
 * <p>Confined to the fetcher's thread.
 */
final class UnreadableRecords {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);

    /** The position of a partition that is being read is known without asking anybody. */
    private static final Duration POSITION_TIMEOUT = Duration.ofMillis(500);

    private final Consumer<byte[], byte[]> consumer;
    private final Assignment assignment;
    private final RetryPolicy retry;
    private final boolean forceCommit;
    private final int fetcher;
    private final QueueHealth health;
    private final QueueCounters counters;
    private final Map<TopicPartition, Trouble> troubles = new HashMap<>();

    /** A place in a partition's log that cannot be read. */
    private static final class Trouble {
        /** The assignment in which it was met: another one may begin elsewhere. */
        private final OwnedPartition owner;

        private final long from;
        /** Everything from {@link #from} to here was passed. */
        private long offset;

        private int attempts;
        private boolean waiting;
        private long again;

        private Trouble(OwnedPartition owner, long offset) {
            this.owner = owner;
            this.from = offset;
            this.offset = offset;
        }
    }

    UnreadableRecords(Consumer<byte[], byte[]> consumer, Assignment assignment, int fetcher, Fetcher.Shared shared) {
        this.consumer = consumer;
        this.assignment = assignment;
        this.retry = new RetryPolicy(
                shared.conf().retry(), () -> ThreadLocalRandom.current().nextLong());
        this.forceCommit = shared.conf().forceCommit();
        this.fetcher = fetcher;
        this.health = shared.health();
        this.counters = shared.counters();
    }

    /**
     * Looks after a failed poll for the partition whose records made it fail. Only what fails alone, while a poll
     * without any partition does not, counts: nothing may be passed because a broker had a bad moment.
     *
     * @return whether there was one; it is dealt with
     */
    boolean found(KafkaException pollFailure) {
        if (!canBeOfARecord(pollFailure)) {
            return false;
        }
        List<TopicPartition> suspects = new ArrayList<>(troubles.keySet());
        for (TopicPartition tp : consumer.assignment()) {
            if (!troubles.containsKey(tp)) {
                suspects.add(tp);
            }
        }
        suspects.removeAll(consumer.paused());
        try {
            consumer.pause(suspects);
            if (probe() != null) {
                return false;
            }
            for (TopicPartition tp : suspects) {
                OwnedPartition owner = assignment.owned(tp);
                consumer.resume(List.of(tp));
                KafkaException failure = probe();
                consumer.pause(List.of(tp));
                if (failure != null && canBeOfARecord(failure) && probe() == null && owner != null && isStill(owner)) {
                    failed(owner, consumer.position(tp, POSITION_TIMEOUT), failure);
                    return true;
                }
            }
        } catch (IllegalStateException e) {
            log.debug("a partition left while it was looked at", e);
        } catch (KafkaException e) { // what is read has a position; without one it is something else that fails
            log.debug("no partition was found whose records cannot be read", e);
        }
        return false;
    }

    /** What brokers answer, about the group for example, is an {@link ApiException}; what the client finds is not. */
    private static boolean canBeOfARecord(KafkaException failure) {
        return !(failure instanceof ApiException) || failure instanceof CorruptRecordException;
    }

    /** Ends the trouble of partitions that could be read again. */
    void read(ConsumerRecords<byte[], byte[]> records) {
        if (troubles.isEmpty()) {
            return;
        }
        for (TopicPartition tp : records.partitions()) {
            Trouble trouble = troubles.get(tp);
            if (trouble != null && !trouble.waiting) {
                over(tp, trouble);
            }
        }
    }

    /** Fetches again what has waited, and forgets partitions that left. */
    void tick(long now) {
        if (troubles.isEmpty()) {
            return;
        }
        List<TopicPartition> left = new ArrayList<>();
        troubles.forEach((tp, trouble) -> {
            if (!isStill(trouble.owner)) {
                left.add(tp);
            }
        });
        end(left);
        for (Map.Entry<TopicPartition, Trouble> entry : List.copyOf(troubles.entrySet())) {
            TopicPartition tp = entry.getKey();
            Trouble trouble = entry.getValue();
            if (!trouble.waiting) {
                if (trouble.offset > trouble.from
                        && assignment.lagBehindPosition(tp).orElse(1) == 0) {
                    over(tp, trouble); // nothing is left that could show it
                }
            } else if (now - trouble.again >= 0) {
                fetchAgain(trouble);
            }
        }
    }

    /** A poll may bring a rebalance, after which the partition is at another position, even if it came back. */
    private boolean isStill(OwnedPartition owner) {
        return owner == assignment.owned(owner.topicPartition());
    }

    private void failed(OwnedPartition owner, long offset, KafkaException failure) {
        TopicPartition tp = owner.topicPartition();
        Trouble trouble = troubles.get(tp);
        if (trouble == null || trouble.offset != offset || trouble.owner != owner) {
            trouble = new Trouble(owner, offset);
            troubles.put(tp, trouble);
        }
        String what = tp + " at offset " + offset + ": " + BrokerWatch.rootMessage(failure);
        health.report(QueueHealth.Trouble.UNREADABLE, fetcher, what);
        trouble.attempts++;
        if (forceCommit && retry.exhausted(trouble.attempts)) {
            if (trouble.offset == trouble.from) {
                log.error("{}; passed after {} attempts, as ForceCommit says", what, trouble.attempts);
            }
            counters.unreadable.increment();
            trouble.offset = offset + 1;
            consumer.seek(tp, trouble.offset);
            assignment.passed(tp, trouble.offset);
        } else {
            trouble.waiting = true;
            trouble.again = System.nanoTime() + retry.backoffNanos(trouble.attempts);
            assignment.setAside(tp);
        }
    }

    /** The client keeps what it fetched, and only forgets it when the position is another one. */
    private void fetchAgain(Trouble trouble) {
        OwnedPartition owner = trouble.owner;
        TopicPartition tp = owner.topicPartition();
        long offset = trouble.offset;
        try {
            consumer.pause(consumer.assignment());
            consumer.seek(tp, offset + 1);
            consumer.resume(List.of(tp));
            KafkaException unused = probe(); // what it may bring of a partition that is set aside is dropped
            if (isStill(owner)) {
                consumer.seek(tp, offset);
                assignment.takeBack(tp);
                trouble.waiting = false;
            }
        } catch (IllegalStateException e) {
            log.debug("{} or another one left while it was fetched again; tried again", tp, e);
            trouble.again = System.nanoTime() + retry.backoffNanos(trouble.attempts);
        }
    }

    private @Nullable KafkaException probe() {
        try {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ZERO);
            assignment.accept(records);
            read(records);
            return null;
        } catch (WakeupException e) { // a nudge that came after the last poll; the loop looks around anyway
            return probe();
        } catch (KafkaException e) {
            return e;
        }
    }

    private void over(TopicPartition tp, Trouble trouble) {
        log.info(
                "{}: can be read again; {} offset(s) from {} were passed",
                tp,
                trouble.offset - trouble.from,
                trouble.from);
        end(List.of(tp));
    }

    private void end(Collection<TopicPartition> over) {
        if (over.isEmpty()) {
            return;
        }
        over.forEach(assignment::takeBack);
        troubles.keySet().removeAll(over);
        if (troubles.isEmpty()) {
            health.clear(QueueHealth.Trouble.UNREADABLE, fetcher);
        }
    }
}
