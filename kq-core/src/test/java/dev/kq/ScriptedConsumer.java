package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's mock consumer where a test needs more of the real one: a poll waits until something happens, calls can fail,
 * and a partition that comes back is not paused.
 */
final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
    private final List<Map<TopicPartition, OffsetAndMetadata>> commits = new ArrayList<>();
    private final List<Map<TopicPartition, OffsetAndMetadata>> unsent = new ArrayList<>();
    private final Deque<Runnable> commitFailures = new ArrayDeque<>();
    private final Deque<RuntimeException> lookupFailures = new ArrayDeque<>();
    private final Deque<Runnable> positionFailures = new ArrayDeque<>();
    private final Deque<RuntimeException> pauseFailures = new ArrayDeque<>();
    private final Deque<Throwable> pollFailures = new ArrayDeque<>();
    private final Deque<ConsumerRecords<byte[], byte[]>> results = new ArrayDeque<>();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private final Map<TopicPartition, Long> broker = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private Map<TopicPartition, RuntimeException> failing = Map.of();
    private final Map<TopicPartition, OffsetAndTimestamp> firstSince = new HashMap<>();
    private boolean lost;
    private boolean woken;
    private long polls;
    private int longPollsThatTimedOut;
    private int wokenPolls;
    private boolean waiting;
    private @Nullable Thread polling;
    private boolean member = true;

    ScriptedConsumer(StartOffset start) {
        super(start == StartOffset.FIRST ? "earliest" : "latest");
    }

    /** A consumer that starts at the beginning of some partitions that begin at 0. */
    static ScriptedConsumer earliest(TopicPartition... partitions) {
        ScriptedConsumer consumer = new ScriptedConsumer(StartOffset.FIRST);
        for (TopicPartition tp : partitions) {
            consumer.updateBeginningOffsets(Map.of(tp, 0L));
        }
        return consumer;
    }

    // ---- what the test says

    synchronized void failNextCommit(RuntimeException failure) {
        failNextCommit(failure, () -> {});
    }

    synchronized void failNextCommit(RuntimeException failure, Runnable meanwhile) {
        commitFailures.add(failing(failure, meanwhile));
    }

    /** A real consumer sends a commit for which nobody waits when it can, and that may be late. */
    synchronized void sendWhatIsLeft() {
        unsent.forEach(this::store);
    }

    /** The next question for committed offsets or a position fails. */
    synchronized void failNextLookup(RuntimeException failure) {
        lookupFailures.add(failure);
    }

    /** The next question for a position fails. */
    synchronized void failNextPosition(RuntimeException failure) {
        failNextPosition(failure, () -> {});
    }

    synchronized void failNextPosition(RuntimeException failure, Runnable meanwhile) {
        positionFailures.add(failing(failure, meanwhile));
    }

    synchronized void failNextPause(RuntimeException failure) {
        pauseFailures.add(failure);
    }

    /** The background thread of the real consumer took the partitions away; the listener is told later. */
    synchronized void loseSilently() {
        lost = true;
    }

    /** The first record of a partition that has this timestamp or a later one. */
    synchronized void firstSince(TopicPartition tp, long millis, long offset) {
        firstSince.put(tp, new OffsetAndTimestamp(offset, millis));
    }

    /** Whether the group has taken it in. */
    synchronized void member(boolean value) {
        member = value;
    }

    synchronized void failNextPoll(Throwable failure) {
        pollFailures.add(failure);
        notifyAll();
    }

    /** Each poll fails that would fetch of this partition; null ends that. */
    synchronized void failPollsOf(TopicPartition tp, @Nullable RuntimeException failure) {
        failing = failure == null ? Map.of() : Map.of(tp, failure);
        notifyAll();
    }

    /** A poll returns exactly this. */
    synchronized void nextResult(ConsumerRecords<byte[], byte[]> result) {
        results.add(result);
        notifyAll();
    }

    /** Runs on the fetcher's thread inside a poll, as rebalances do. */
    synchronized void insidePoll(Runnable task) {
        tasks.add(task);
        notifyAll();
    }

    synchronized List<Map<TopicPartition, OffsetAndMetadata>> commits() {
        return List.copyOf(commits);
    }

    /** The offset in the last commit, which holds one partition. */
    synchronized long lastCommit() {
        Map<TopicPartition, OffsetAndMetadata> last = commits.get(commits.size() - 1);
        assertThat(last).hasSize(1);
        return last.values().iterator().next().offset();
    }

    /** The committed offset as the broker knows it; -1 if there is none. */
    synchronized long committedOffset(TopicPartition tp) {
        return broker.getOrDefault(tp, -1L);
    }

    /** Waits until that many more polls have begun. */
    synchronized void awaitPolls(int more) throws InterruptedException {
        long until = polls + more;
        while (polls < until) {
            wait();
        }
    }

    /** Waits until a poll waits for something to happen. */
    synchronized void awaitWaitingPoll() throws InterruptedException {
        while (!waiting) {
            wait();
        }
    }

    synchronized int longPollsThatTimedOut() {
        return longPollsThatTimedOut;
    }

    /** Polls that waited and were woken up. */
    synchronized int wokenPolls() {
        return wokenPolls;
    }

    void awaitClosed() throws InterruptedException {
        closed.await();
    }

    // ---- what the engine calls

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        refuseASecondThread();
        polling = Thread.currentThread();
        try {
            return pollAlone(timeout);
        } finally {
            polling = null;
        }
    }

    private ConsumerRecords<byte[], byte[]> pollAlone(Duration timeout) {
        polls++;
        notifyAll();
        for (TopicPartition tp : assignment()) {
            RuntimeException failure = paused.contains(tp) ? null : failing.get(tp);
            if (failure != null) {
                throw failure;
            }
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!woken && tasks.isEmpty() && pollFailures.isEmpty() && results.isEmpty()) {
            ConsumerRecords<byte[], byte[]> records = super.poll(Duration.ZERO);
            long left = deadline - System.nanoTime();
            if (!records.isEmpty() || left <= 0) {
                if (records.isEmpty() && timeout.toMillis() >= 500) {
                    longPollsThatTimedOut++;
                }
                return records;
            }
            waiting = true;
            notifyAll();
            try {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException e) {
                throw new org.apache.kafka.common.errors.InterruptException(e);
            } finally {
                waiting = false;
            }
            wokenPolls += woken ? 1 : 0;
        }
        woken = false;
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
        Throwable failure = pollFailures.poll();
        if (failure instanceof Error error) {
            throw error;
        } else if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        ConsumerRecords<byte[], byte[]> result = results.poll();
        return result != null ? result : super.poll(Duration.ZERO);
    }

    @Override
    public synchronized void wakeup() {
        woken = true;
        super.wakeup();
        notifyAll();
    }

    @Override
    public synchronized void addRecord(org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]> record) {
        super.addRecord(record);
        notifyAll();
    }

    @Override
    public synchronized void rebalance(Collection<TopicPartition> newAssignment) {
        Set<TopicPartition> retained = new HashSet<>(assignment());
        retained.retainAll(newAssignment);
        paused.retainAll(retained);
        super.rebalance(newAssignment); // the listener may pause what is new
        notifyAll();
    }

    @Override
    public synchronized void pause(Collection<TopicPartition> partitions) {
        refuseASecondThread();
        throwNext(pauseFailures);
        super.pause(partitions);
        paused.addAll(partitions);
    }

    @Override
    public synchronized void resume(Collection<TopicPartition> partitions) {
        refuseASecondThread();
        super.resume(partitions);
        paused.removeAll(partitions);
    }

    @Override
    public synchronized Set<TopicPartition> paused() {
        return Set.copyOf(paused);
    }

    @Override
    public synchronized void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> offsets, @Nullable OffsetCommitCallback callback) {
        refuseASecondThread();
        unsent.add(offsets);
    }

    @Override
    public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        refuseASecondThread();
        runNext(commitFailures);
        commits.add(offsets);
        store(offsets);
        notifyAll();
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
            Set<TopicPartition> partitions, Duration timeout) {
        throwNext(lookupFailures);
        return super.committed(partitions, timeout);
    }

    @Override
    public synchronized long position(TopicPartition partition, Duration timeout) {
        throwNext(lookupFailures);
        runNext(positionFailures);
        return super.position(partition, timeout);
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
            Map<TopicPartition, Long> times, Duration timeout) {
        Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
        times.forEach((tp, millis) -> {
            OffsetAndTimestamp first = firstSince.get(tp);
            found.put(tp, first != null && first.timestamp() >= millis ? first : null);
        });
        return found;
    }

    @Override
    public synchronized OptionalLong currentLag(TopicPartition partition) {
        if (lost) {
            throw new IllegalStateException("No current assignment for partition " + partition);
        }
        return super.currentLag(partition);
    }

    @Override
    @SuppressWarnings("removal") // there is no other way to make one
    public synchronized ConsumerGroupMetadata groupMetadata() {
        return member ? super.groupMetadata() : new ConsumerGroupMetadata("g");
    }

    @Override
    public void close(CloseOptions options) {
        refuseASecondThread();
        super.close(options);
        closed.countDown();
    }

    /** As the real one does; a poll that waits lets others in. */
    private synchronized void refuseASecondThread() {
        Thread other = polling;
        if (other != null && other != Thread.currentThread()) {
            throw new ConcurrentModificationException("in use by " + other.getName());
        }
    }

    private synchronized void store(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((tp, offset) -> broker.put(tp, offset.offset()));
        super.commitAsync(offsets, null);
    }

    private static Runnable failing(RuntimeException failure, Runnable meanwhile) {
        return () -> {
            meanwhile.run();
            throw failure;
        };
    }

    private static void runNext(Deque<Runnable> failures) {
        Runnable failure = failures.poll();
        if (failure != null) {
            failure.run();
        }
    }

    private static void throwNext(Deque<RuntimeException> failures) {
        RuntimeException failure = failures.poll();
        if (failure != null) {
            throw failure;
        }
    }
}
