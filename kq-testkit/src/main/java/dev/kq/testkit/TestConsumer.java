package dev.kq.testkit;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The log and the group of a {@link KqTester}, as a consumer sees them: one member that owns all partitions, which
 * begin empty. A poll waits by the test's clock, so it ends only when there is something, or when the test lets the
 * fetcher go round.
 *
 * <p>The fetcher's thread calls what Kafka's interface has, the test's thread the rest.
 */
final class TestConsumer extends MockConsumer<byte[], byte[]> {
    /** How long a fetcher rests that may fetch nothing; it does so by itself, after a poll that waits for nothing. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final TestClock clock;
    private final List<String> topics;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private @Nullable Thread fetcher;
    private boolean assigned;
    private boolean woken;
    private boolean waiting;
    private boolean gone;
    /** Polls that have begun. */
    private long polls;
    /** Polls that are to begin without waiting. */
    private long wanted;
    /** Counts what polls and commits have done. */
    private long deeds;
    /** When the present poll ends, by the test's clock. */
    private long deadline;

    TestConsumer(TestClock clock, List<String> topics, List<TopicPartition> partitions) {
        super("earliest");
        this.clock = clock;
        this.topics = topics;
        this.partitions = partitions;
        for (TopicPartition tp : partitions) {
            updateBeginningOffsets(Map.of(tp, 0L));
            updateEndOffsets(Map.of(tp, 0L));
            ends.put(tp, 0L);
        }
    }

    /** Nothing was there before the start: the end is the beginning. */
    @Override
    public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
            Map<TopicPartition, Long> times, Duration timeout) {
        return Map.of();
    }

    // ---- the test's side

    /** Where the next record of a partition goes. */
    synchronized long end(TopicPartition tp) {
        return ends.getOrDefault(tp, 0L);
    }

    /** Adds a record to the log; it is fetched in the next round. */
    synchronized void append(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition tp = new TopicPartition(record.topic(), record.partition());
        ends.put(tp, record.offset() + 1);
        updateEndOffsets(Map.of(tp, record.offset() + 1));
        addRecord(record);
    }

    /** What the group would begin with; 0 if nothing is committed. */
    synchronized long committed(TopicPartition tp) {
        return committed.getOrDefault(tp, 0L);
    }

    /** When the fetcher would come round by itself. */
    synchronized long nextRound() {
        return deadline;
    }

    /** Whose stack tells why it does not come round. */
    synchronized @Nullable Thread fetcher() {
        return fetcher;
    }

    /**
     * Lets the fetcher go round once, with everything that has happened before.
     *
     * @return whether it did anything, or did not come round in time
     */
    synchronized Round round(long realDeadline) throws InterruptedException {
        long before = deeds;
        wanted = polls + (waiting ? 1 : 2);
        notifyAll();
        LockSupport.unpark(fetcher);
        while (polls < wanted && !gone) {
            long left = realDeadline - System.nanoTime();
            if (left <= 0) {
                return Round.NOT_ENDED;
            }
            wait(left / 1_000_000 + 1);
        }
        return deeds != before ? Round.SOMETHING : Round.NOTHING;
    }

    enum Round {
        NOTHING,
        SOMETHING,
        NOT_ENDED
    }

    // ---- the fetcher's side

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        fetcher = Thread.currentThread();
        polls++;
        deadline = clock.nanos() + (timeout.isZero() ? REST_NANOS : timeout.toNanos());
        if (!assigned) {
            assigned = true;
            deeds++;
            rebalance(partitions);
        }
        notifyAll();
        ConsumerRecords<byte[], byte[]> records = super.poll(Duration.ZERO);
        try {
            while (records.isEmpty() && !timeout.isZero() && !woken && polls >= wanted) {
                waiting = true;
                wait();
                records = super.poll(Duration.ZERO);
            }
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        } finally {
            waiting = false;
            woken = false;
        }
        if (!records.isEmpty()) {
            deeds++;
        } else if (polls < wanted) {
            LockSupport.unpark(fetcher); // it would rest before the next round
        }
        return records;
    }

    @Override
    public synchronized void wakeup() {
        woken = true;
        notifyAll();
    }

    @Override
    public synchronized void subscribe(Pattern pattern, ConsumerRebalanceListener listener) {
        subscribe(topics, listener);
    }

    @Override
    public synchronized void subscribe(SubscriptionPattern pattern, ConsumerRebalanceListener listener) {
        subscribe(topics, listener);
    }

    @Override
    public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        store(offsets);
    }

    private synchronized void store(Map<TopicPartition, OffsetAndMetadata> offsets) {
        deeds++;
        offsets.forEach((tp, offset) -> committed.put(tp, offset.offset()));
        super.commitAsync(offsets, null);
    }

    @Override
    public synchronized void close(CloseOptions options) {
        gone = true;
        notifyAll();
        super.close(options);
    }
}
