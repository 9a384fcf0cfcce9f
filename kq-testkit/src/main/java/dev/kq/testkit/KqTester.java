package dev.kq.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kq.ConsumeHandler;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.StartOffset;
import dev.kq.TestEngine;
import dev.kq.errors.KqException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Runs a handler, its retries and its dead letters through the real engine of {@link KqQueue}, without a broker and
 * with a clock that stands still until the test moves it.
 *
 * <pre>{@code
 * KqConf conf = KqTester.conf().deadLetterTopic("payments-dead").build();
 * try (KqTester tester = KqTester.of(conf, (key, value) -> pay(value))) {
 *     tester.send("zhangSan", "10.00");
 *     tester.advance(Duration.ofMinutes(1));
 *     assertThat(tester.deadLetters()).isEmpty();
 *     assertThat(tester.committed(0)).isEqualTo(1);
 * }
 * }</pre>
 *
 * <p>After {@link #send} and {@link #advance} everything has happened that can happen at that time: handlers have
 * returned, failures were decided on, what is due is committed. Nothing waits in real time but a handler that does; one
 * that is not done after {@link Builder#patience} fails the test with its stack trace. One that should take long calls
 * {@link TestClock#sleep}.
 *
 * <p>What is different from a queue on a broker: one consumer owns all partitions and there is no rebalance, one
 * message is handled at a time ({@link Builder#processors}), and the backoff has no jitter, so that the same test
 * always does the same. Offsets begin at 0 and are committed each {@code CommitInterval} of the test's clock, 1 second
 * by default.
 *
 * <p>For one thread, that which made it; not for handlers.
 */
public final class KqTester implements AutoCloseable {
    private static final String TOPIC = "kq-tester";

    /** More tasks due at one time than a test has messages that wait. */
    private static final int MANY_TASKS = 1000;

    private final TestClock clock;
    private final Duration patience;
    private final int partitionsOfTopic;
    private final int processors;
    private final Set<String> topics;
    private final String firstTopic;
    private final TestEngine engine;
    private final TestConsumer consumer;
    private final List<MockProducer<byte[], byte[]>> producers = new CopyOnWriteArrayList<>();
    private final Object signal = new Object();
    private int nextWithoutKey;
    private boolean hung;
    private boolean closed;

    /** How often something came to rest. Guarded by signal. */
    private long rests;

    /** What the queue cannot go on with. Guarded by signal. */
    private @Nullable Throwable failure;

    private KqTester(Builder builder) {
        clock = builder.clock == null ? new TestClock() : builder.clock;
        patience = builder.patience;
        partitionsOfTopic = builder.partitions;
        processors = builder.processors;
        World world = new World();
        clock.ownedBy(world);
        engine = new TestEngine(builder.queue, processors, world);
        List<String> names = builder.topics.isEmpty() ? engine.conf().topics() : builder.topics;
        if (names.isEmpty()) {
            throw new IllegalArgumentException("The queue reads TopicPattern "
                    + engine.conf().topicPattern() + "; name its topics with topics(...)");
        }
        topics = new HashSet<>(names);
        firstTopic = names.get(0);
        consumer = new TestConsumer(
                clock,
                names,
                names.stream()
                        .flatMap(topic -> IntStream.range(0, partitionsOfTopic)
                                .mapToObj(partition -> new TopicPartition(topic, partition)))
                        .toList());
        var unused = engine.queue().ended().whenComplete((result, reason) -> ended(reason));
        engine.queue().start();
        try {
            settle();
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Tests a handler with kq's defaults. */
    public static KqTester of(ConsumeHandler handler) {
        return of(conf().build(), handler);
    }

    /** Tests a handler with this configuration; its brokers are not asked for anything. */
    public static KqTester of(KqConf conf, ConsumeHandler handler) {
        return of(KqQueue.builder(conf).handler(handler));
    }

    /**
     * Tests a queue as the service builds it: with any kind of handler, interceptors, error handler.
     *
     * @throws KqException if the builder would not build a queue either
     */
    public static KqTester of(KqQueue.Builder queue) {
        return builder(queue).start();
    }

    /** A tester that is not like the default one. */
    public static Builder builder(KqQueue.Builder queue) {
        return new Builder(queue);
    }

    /** A configuration with kq's defaults, and brokers, group and topic that mean nothing. */
    public static KqConf.Builder conf() {
        return KqConf.builder()
                .brokers("kq-tester:9092")
                .group(TOPIC)
                .topic(TOPIC)
                .offset(StartOffset.FIRST);
    }

    // ---- what a test does

    /** Sends a message without a key. See {@link #send(ProducerRecord)}. */
    @CanIgnoreReturnValue
    public long send(String value) {
        return send(null, value);
    }

    /** Sends a message to the queue's first topic. See {@link #send(ProducerRecord)}. */
    @CanIgnoreReturnValue
    public long send(@Nullable String key, @Nullable String value) {
        return send(new ProducerRecord<>(firstTopic, key, value));
    }

    /**
     * Sends a message and returns when everything has happened that it leads to at this time. Without a partition it
     * goes where Kafka's own producer would send it by its key; without one, to each in turn. Without a timestamp it
     * has the clock's.
     *
     * @return its offset
     * @throws IllegalArgumentException if the queue does not read that topic, or there is no such partition
     * @throws IllegalStateException if the tester is closed, or a handler calls it
     * @throws AssertionError if a handler hangs, or has ended the queue with an {@link Error}
     */
    @CanIgnoreReturnValue
    public long send(ProducerRecord<String, String> message) {
        byte[] key = message.key() == null ? null : message.key().getBytes(UTF_8);
        byte[] value = message.value() == null ? null : message.value().getBytes(UTF_8);
        return sendBytes(new ProducerRecord<>(
                message.topic(), message.partition(), message.timestamp(), key, value, message.headers()));
    }

    /** Sends a message that is no text. See {@link #send(ProducerRecord)}. */
    @CanIgnoreReturnValue
    public long sendBytes(ProducerRecord<byte[], byte[]> message) {
        checkUse();
        if (!topics.contains(message.topic())) {
            throw new IllegalArgumentException("The queue does not read topic " + message.topic() + ", but " + topics);
        }
        Integer wanted = message.partition();
        int partition = wanted == null ? partitionOf(message.key()) : checkPartition(wanted);
        TopicPartition tp = new TopicPartition(message.topic(), partition);
        long offset = consumer.end(tp);
        Long timestamp = message.timestamp();
        consumer.append(new ConsumerRecord<>(
                tp.topic(),
                partition,
                offset,
                timestamp == null ? clock.millis() : timestamp,
                TimestampType.CREATE_TIME,
                message.key() == null ? -1 : message.key().length,
                message.value() == null ? -1 : message.value().length,
                message.key(),
                message.value(),
                new RecordHeaders(message.headers().toArray()),
                Optional.empty()));
        settle();
        return offset;
    }

    /**
     * Moves the clock, and stops at each time in between at which something is due: retries, commits, batches,
     * timeouts, handlers that sleep. Returns when everything has happened up to and at the new time.
     *
     * @param duration zero to let what the test has changed (such as {@link KqQueue#resume}) have its effect
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if the tester is closed, or a handler calls it
     * @throws AssertionError if a handler hangs, or has ended the queue with an {@link Error}
     */
    public void advance(Duration duration) {
        checkUse();
        if (duration.isNegative()) {
            throw new IllegalArgumentException("The clock goes on only; advance by " + duration + " is not possible");
        }
        long target = Math.addExact(clock.nanos(), duration.toNanos());
        settle();
        for (long next = nextTime(); next <= target; next = nextTime()) {
            clock.moveTo(next);
            settle();
        }
        clock.moveTo(target);
        settle();
    }

    /** What was written to the dead-letter topic, in that order. */
    public List<DeadLetterRecord> deadLetters() {
        List<DeadLetterRecord> letters = new ArrayList<>();
        producers.forEach(producer -> producer.history().forEach(written -> letters.add(DeadLetterRecord.of(written))));
        return letters;
    }

    /**
     * The offset that a restart would begin with in this partition of the first topic; 0 if nothing is committed.
     *
     * @throws IllegalArgumentException if there is no such partition
     */
    public long committed(int partition) {
        return committed(firstTopic, partition);
    }

    /**
     * The offset that a restart would begin with; 0 if nothing is committed.
     *
     * @throws IllegalArgumentException if the queue does not read that topic, or there is no such partition
     */
    public long committed(String topic, int partition) {
        if (!topics.contains(topic)) {
            throw new IllegalArgumentException("The queue does not read topic " + topic + ", but " + topics);
        }
        return consumer.committed(new TopicPartition(topic, checkPartition(partition)));
    }

    /** The time. */
    public TestClock clock() {
        return clock;
    }

    /** The queue, to pause it or to look at it. What is changed has its effect with the next {@link #advance}. */
    public KqQueue queue() {
        return engine.queue();
    }

    /**
     * Stops the queue; what is done is committed. Handlers that sleep by the clock are interrupted, one that hangs is
     * left behind on its daemon thread. Further calls do nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        clock.end();
        try {
            engine.queue().stop(hung ? Duration.ofMillis(100) : Duration.ofSeconds(10));
        } catch (KqException stillRunning) {
            // said when it hung; closing must not hide what the test has to say
        }
    }

    // ---- coming to rest

    /** What the engine has in place of a broker and a clock. */
    private final class World implements TestEngine.World, TestClock.Owner {
        @Override
        public Consumer<byte[], byte[]> consumer() {
            return consumer;
        }

        @Override
        public Producer<byte[], byte[]> deadLetterProducer() {
            MockProducer<byte[], byte[]> producer =
                    new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
            producers.add(producer);
            return producer;
        }

        @Override
        public long nanoTime() {
            return clock.nanos();
        }

        @Override
        public Instant instant() {
            return clock.instant();
        }

        @Override
        public Runnable after(long nanos, Runnable task) {
            TestClock.Alarm alarm = clock.after(nanos, task);
            return () -> clock.cancel(alarm);
        }

        @Override
        public boolean isWorker() {
            return engine.runsHere();
        }

        @Override
        public void atRest() {
            synchronized (signal) {
                rests++;
                signal.notifyAll();
            }
        }
    }

    private void ended(@Nullable Throwable reason) {
        synchronized (signal) {
            Throwable cause = reason instanceof CompletionException wrapped ? wrapped.getCause() : reason;
            failure = cause == null ? new IllegalStateException("it was stopped") : cause;
            signal.notifyAll();
        }
    }

    /**
     * Returns when nothing can happen any more unless the clock moves: no worker has anything to do, the fetcher has
     * been round without doing anything, and no task is due.
     */
    private void settle() {
        long begun = System.nanoTime();
        int fired = 0;
        boolean busy = true;
        try {
            while (busy) {
                awaitWorkers();
                long before = rests();
                TestConsumer.Round round = consumer.round(System.nanoTime() + patience.toNanos());
                checkAlive();
                if (round == TestConsumer.Round.NOT_ENDED) {
                    throw hang("the fetcher to come round", fetcherThread());
                }
                awaitWorkers();
                boolean ranTask = clock.runDue();
                fired += ranTask ? 1 : 0;
                busy = ranTask || round == TestConsumer.Round.SOMETHING || rests() != before;
                if (busy && fired > MANY_TASKS && System.nanoTime() - begun > patience.toNanos()) {
                    throw hang("an end of what is due at this very time, such as retries without a backoff", Map.of());
                }
            }
            checkAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the queue was at work", e);
        }
    }

    private void awaitWorkers() throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (signal) {
            long seen = -1;
            while (seen != rests || !workersRest()) {
                checkAlive();
                seen = rests;
                if (workersRest()) {
                    continue; // once more, with nothing having come to rest in between
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw hang("the handler to return", engine.inHandlers());
                }
                signal.wait(left / 1_000_000 + 1);
            }
        }
    }

    private boolean workersRest() {
        return engine.idleWorkers() + clock.sleepingWorkers() >= processors;
    }

    private long rests() {
        synchronized (signal) {
            return rests;
        }
    }

    /**
     * When something is due that is not in the test's hands. The fetcher matters only if it has something to commit.
     */
    private long nextTime() {
        return Math.min(clock.nextDue(), engine.commitPending() ? consumer.nextRound() : Long.MAX_VALUE);
    }

    private Map<Thread, String> fetcherThread() {
        Thread fetcher = consumer.fetcher();
        return fetcher == null ? Map.of() : Map.of(fetcher, "the fetcher");
    }

    private AssertionError hang(String awaited, Map<Thread, String> who) {
        hung = true;
        String where = who.entrySet().stream()
                .map(one -> one.getValue() + " in thread " + one.getKey().getName())
                .collect(Collectors.joining(", "));
        AssertionError error = new AssertionError("Waited " + patience + " for " + awaited
                + (where.isEmpty() ? "" : ": " + where)
                + ". A handler that should take long calls TestClock.sleep; see also KqTester.Builder.patience");
        who.keySet().forEach(thread -> {
            Throwable stack = new Throwable(thread.getName() + " is here");
            stack.setStackTrace(thread.getStackTrace());
            if (error.getCause() == null) {
                error.initCause(stack);
            } else {
                error.addSuppressed(stack);
            }
        });
        return error;
    }

    private void checkAlive() {
        synchronized (signal) {
            if (failure != null) {
                throw new AssertionError("The queue has ended: " + failure, failure);
            }
        }
    }

    private void checkUse() {
        if (closed) {
            throw new IllegalStateException("The tester is closed");
        }
        if (engine.runsHere()) {
            throw new IllegalStateException("A handler called its tester; only the test's own thread may");
        }
        checkAlive();
    }

    private int partitionOf(byte @Nullable [] key) {
        return key == null
                ? Math.floorMod(nextWithoutKey++, partitionsOfTopic)
                : Utils.toPositive(Utils.murmur2(key)) % partitionsOfTopic;
    }

    private int checkPartition(int partition) {
        if (partition < 0 || partition >= partitionsOfTopic) {
            throw new IllegalArgumentException("There is no partition " + partition + ": each topic has "
                    + partitionsOfTopic + "; see KqTester.Builder.partitions");
        }
        return partition;
    }

    /** Says how the tester should be, and starts it. Not thread-safe. */
    public static final class Builder {
        private final KqQueue.Builder queue;
        private final List<String> topics = new ArrayList<>();
        private int partitions = 1;
        private int processors = 1;
        private Duration patience = Duration.ofSeconds(10);
        private @Nullable TestClock clock;

        private Builder(KqQueue.Builder queue) {
            this.queue = Objects.requireNonNull(queue, "queue");
        }

        /** How many partitions each topic has; default 1. */
        public Builder partitions(int count) {
            partitions = atLeastOne("partitions", count);
            return this;
        }

        /**
         * How many messages may be handled at a time, in place of {@code Processors}; default 1. With more, messages of
         * different keys that are due together are handled in no certain order, on several threads.
         */
        public Builder processors(int count) {
            processors = atLeastOne("processors", count);
            return this;
        }

        /** The clock, for handlers that must have it before there is a tester; default: one of its own. */
        public Builder clock(TestClock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** The topics of a queue that has a {@code TopicPattern}; default: those of the configuration. */
        public Builder topics(String... names) {
            topics.addAll(List.of(names));
            return this;
        }

        /** How long, in real time, a handler may take to return; default 10 seconds. */
        public Builder patience(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("patience is " + value + ", must be more than 0");
            }
            patience = value;
            return this;
        }

        /**
         * Starts the queue, and returns when it waits for messages.
         *
         * @throws KqException if the queue's builder would not build a queue
         * @throws IllegalArgumentException if the queue reads a pattern and no topics are named
         * @throws IllegalStateException if another tester has the clock
         */
        public KqTester start() {
            return new KqTester(this);
        }

        private static int atLeastOne(String what, int count) {
            if (count < 1) {
                throw new IllegalArgumentException(what + " is " + count + ", must be 1 or more");
            }
            return count;
        }
    }
}
