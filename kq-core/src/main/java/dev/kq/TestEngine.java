package dev.kq;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * For {@code KqTester} of kq-testkit, and not for use by others: a queue whose Kafka clients and time come from a test.
 * It may change in every release.
 *
 * <p>The engine is the real one. What is not: there is one fetcher, the backoff has no jitter, a worker takes one
 * record at a time, dead letters are written on the thread that gives them up, and nobody looks for handlers that hang.
 */
public final class TestEngine {
    /** What the test has in place of a broker and a clock. Called by the engine's threads. */
    public interface World {
        /** The fetcher's consumer. */
        Consumer<byte[], byte[]> consumer();

        /** The producer of dead letters. */
        Producer<byte[], byte[]> deadLetterProducer();

        /** The clock's nanoseconds, from anywhere. */
        long nanoTime();

        /** The clock's time of day. */
        Instant instant();

        /**
         * Runs a task after the nanoseconds given.
         *
         * @return takes the task back
         */
        Runnable after(long nanos, Runnable task);

        /** A worker has nothing to do any more. */
        void atRest();
    }

    private final KqConf conf;
    private final KqQueue queue;

    /**
     * Nothing runs before {@code queue().start()}. The builder stays as it is.
     *
     * @param processors how many workers
     */
    public TestEngine(KqQueue.Builder builder, int processors, World world) {
        conf = builder.conf().toBuilder()
                .conns(1)
                .consumers(1)
                .processors(processors)
                .build();
        queue = builder.with(conf)
                .surroundings(new TestSurroundings(world))
                .consumers(fetcher -> world.consumer())
                .deadLetterProducers(world::deadLetterProducer)
                .build();
    }

    /** The configuration that the queue has here. */
    public KqConf conf() {
        return conf;
    }

    /** The queue. */
    public KqQueue queue() {
        return queue;
    }

    /** How many workers wait for records. */
    public int idleWorkers() {
        return queue.idleWorkers();
    }

    /** Whether the calling thread is one of the queue's. */
    public boolean runsHere() {
        return queue.runsHere();
    }

    /** Whether something is done and not committed. */
    public boolean commitPending() {
        return queue.commitPending();
    }

    /** The threads that have a message, and which: topic, partition and offset. */
    public Map<Thread, String> inHandlers() {
        Map<Thread, String> found = new LinkedHashMap<>();
        for (Run run : queue.runs()) {
            PartitionQueue partition = run.partition;
            Thread worker = run.worker();
            if (partition != null && worker != null) {
                long offset = partition.beingHandled(run);
                found.put(
                        worker,
                        offset < 0
                                ? "a batch of " + partition.topicPartition()
                                : partition.topicPartition() + "@" + offset);
            }
        }
        return found;
    }

    private static final class TestSurroundings implements Surroundings {
        /** Half of all longs: {@code nextDouble} makes 0.5 of it, the middle of the spread. */
        private static final long NO_JITTER = Long.MIN_VALUE;

        private final World world;

        TestSurroundings(World world) {
            this.world = world;
        }

        @Override
        public long nanoTime() {
            return world.nanoTime();
        }

        @Override
        public Instant instant() {
            return world.instant();
        }

        @Override
        public QueueTimer.Alarms alarms(ThreadFactory threads) {
            return new QueueTimer.Alarms() {
                private volatile boolean stopped;

                @Override
                public QueueTimer.Task set(long nanos, Runnable task) {
                    Runnable cancel = world.after(nanos, () -> {
                        if (!stopped) {
                            task.run();
                        }
                    });
                    return cancel::run;
                }

                @Override
                public void stop() {
                    stopped = true;
                }
            };
        }

        @Override
        public ExecutorService writer(ThreadFactory threads) {
            return new OnTheSpot();
        }

        @Override
        public RandomGenerator jitter() {
            return () -> NO_JITTER;
        }

        @Override
        public RunLength runLength() {
            return new RunLength(1);
        }

        @Override
        public boolean watched() {
            return false;
        }

        @Override
        public void rest(long nanos, Runnable recall) {
            Runnable cancel = nanos == Long.MAX_VALUE ? () -> {} : world.after(nanos, recall);
            world.atRest();
            LockSupport.park();
            cancel.run();
        }
    }

    /** Runs each task in the call, one at a time. */
    private static final class OnTheSpot extends AbstractExecutorService {
        private boolean over;

        @Override
        public synchronized void execute(Runnable task) {
            if (!over) {
                task.run();
            }
        }

        @Override
        public synchronized void shutdown() {
            over = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutdown();
            return List.of();
        }

        @Override
        public synchronized boolean isShutdown() {
            return over;
        }

        @Override
        public boolean isTerminated() {
            return isShutdown();
        }

        @Override
        public boolean awaitTermination(long timeout, @Nullable TimeUnit unit) {
            return isShutdown();
        }
    }
}
