package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.conf.Connection;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Assignment, committer and partitions over a scripted consumer and without threads: the test is the fetcher and the
 * workers.
 */
final class Bench {
    static final TopicPartition T0 = new TopicPartition("t", 0);
    static final TopicPartition T1 = new TopicPartition("t", 1);

    /** When a queue started that begins at the end. */
    static final Instant STARTED = Instant.ofEpochMilli(1_000_000);

    final ScriptedConsumer consumer;
    final QueueCounters counters = new QueueCounters();
    final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    final AtomicInteger nudges = new AtomicInteger();
    final Partitions partitions;
    final Refusals refusals;
    final OffsetCommitter committer;
    final Assignment assignment;
    final QueueHealth health = new QueueHealth("q");
    /** When a stop ends the waits of a revoke. */
    volatile long stopAt = Long.MAX_VALUE;
    /** The clock of the committer, and of the looks for a start. */
    long now;

    Bench(ScriptedConsumer consumer, boolean startAtEnd, int capacity, Duration revokeBudget) {
        this(consumer, startAtEnd, new FlowControl(capacity, 1 << 30), revokeBudget);
    }

    private Bench(ScriptedConsumer consumer, boolean startAtEnd, FlowControl flow, Duration revokeBudget) {
        this.consumer = consumer;
        partitions = new Partitions(Ordering.KEY, flow, line::add, null, null);
        Connection connection = Connection.builder().brokers("a:1").build();
        refusals = new Refusals(connection, 0, health);
        committer = new OffsetCommitter(consumer, Duration.ofSeconds(1), new QueueCounters(), () -> now, refusals);
        assignment = new Assignment(
                consumer,
                partitions,
                committer,
                counters,
                nudges::incrementAndGet,
                startAtEnd ? STARTED : null,
                revokeBudget,
                deadline -> Math.min(deadline, stopAt),
                () -> now);
        consumer.subscribe(List.of("t"), assignment);
    }

    /** Starts at the beginning, holds a thousand records of each partition, gives handlers a minute at a revoke. */
    static Bench first() {
        return new Bench(ScriptedConsumer.earliest(T0, T1), false, 1000, Duration.ofMinutes(1));
    }

    /** The same, and so many ready records are enough for the workers. */
    static Bench firstWithEnough(int enough) {
        FlowControl flow = new FlowControl(1000, 1 << 30, enough);
        return new Bench(ScriptedConsumer.earliest(T0, T1), false, flow, Duration.ofMinutes(1));
    }

    static Bench first(int capacity, Duration revokeBudget) {
        return new Bench(ScriptedConsumer.earliest(T0, T1), false, capacity, revokeBudget);
    }

    /** Alarms that do not go off: the test runs their tasks. */
    static QueueTimer.Alarms alarmsInto(List<Runnable> tasks) {
        return new QueueTimer.Alarms() {
            @Override
            public QueueTimer.Task set(long nanos, Runnable task) {
                tasks.add(task);
                return () -> {};
            }

            @Override
            public void stop() {}
        };
    }

    void assign(TopicPartition... now) {
        consumer.rebalance(List.of(now));
    }

    /** One turn of the fetcher's loop without the commit. */
    void turn() {
        assignment.reconcilePauses(false);
        assignment.accept(consumer.poll(Duration.ZERO));
    }

    /** Polls records with these keys, from the offset on, without gaps. */
    void polled(TopicPartition tp, long firstOffset, @Nullable String... keys) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String key : keys) {
            records.add(Records.record(tp, firstOffset + records.size(), key, "v"));
        }
        assignment.accept(result(tp, records, firstOffset + keys.length));
    }

    static ConsumerRecords<byte[], byte[]> result(
            TopicPartition tp, List<ConsumerRecord<byte[], byte[]>> records, long nextOffset) {
        return new ConsumerRecords<>(
                records.isEmpty() ? Map.of() : Map.of(tp, records), Map.of(tp, new OffsetAndMetadata(nextOffset)));
    }

    OwnedPartition owned(TopicPartition tp) {
        return owned().stream()
                .filter(o -> o.topicPartition().equals(tp))
                .findAny()
                .orElseThrow(() -> new AssertionError(tp + " is not owned"));
    }

    Collection<OwnedPartition> owned() {
        return assignment.owned();
    }

    /** A long time later it is time for a commit. */
    void tick() {
        now += TimeUnit.HOURS.toNanos(1);
        committer.tick(owned(), Membership.COMMIT_TIMEOUT);
    }

    /** A worker takes records; null if there are none. */
    @Nullable
    Run take(int max) {
        return take(line, max);
    }

    static @Nullable Run take(Queue<PartitionQueue> line, int max) {
        Run run = new Run();
        for (PartitionQueue next = line.poll(); next != null; next = line.poll()) {
            if (next.take(run, max)) {
                return run;
            }
        }
        return null;
    }

    /** A worker takes one record and begins to handle it. */
    Run begin() {
        Run run = take(1);
        assertThat(run).as("a run").isNotNull();
        assertThat(run.claim()).isZero();
        return run;
    }

    /** A worker ends its run after it has handled the record that it has begun and all that are left to claim. */
    static void finish(Run run) {
        PartitionQueue partition = run.partition;
        while (run.claim() != Run.EXHAUSTED) {
            // handled
        }
        partition.finish(run);
    }

    /** Workers handle everything that is ready. */
    void handleAll() {
        for (Run run = take(100); run != null; run = take(100)) {
            finish(run);
        }
    }

    /** Runs something on another thread and waits until that thread waits or has ended. */
    static Thread inBackground(Runnable task) {
        Thread thread = new Thread(task, "background");
        thread.start();
        while (thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TIMED_WAITING
                && thread.isAlive()) {
            Thread.onSpinWait();
        }
        return thread;
    }

    /** The real surroundings, but a worker that rested does this before it goes on. */
    static Surroundings restingLonger(Runnable before) {
        return (Surroundings) Proxy.newProxyInstance(
                Surroundings.class.getClassLoader(),
                new Class<?>[] {Surroundings.class},
                (proxy, method, arguments) -> {
                    Object result = method.invoke(Surroundings.REAL, arguments);
                    if (method.getName().equals("rest")) {
                        before.run();
                    }
                    return result;
                });
    }
}
