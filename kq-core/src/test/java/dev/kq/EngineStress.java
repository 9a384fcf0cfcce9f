package dev.kq;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The real queues, workers and lanes with everything random that a fetcher and a handler may do: batches of all sizes,
 * slow records, failures with retries, revokes that wait and revokes that do not, lost partitions, partitions that come
 * back at once. Only Kafka is left out. Ends when everything is committed, or with the first breach.
 */
final class EngineStress {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 4_000;

    private EngineStress() {}

    /** Returns the breaches found; empty if everything held. */
    static List<String> run(Ordering ordering, long seed) throws InterruptedException {
        Random random = new Random(seed);
        DeliveryLedger ledger = new DeliveryLedger(ordering);
        WorkQueue work = new WorkQueue();
        FlowControl flow = new FlowControl(300, 1 << 20, seed % 3 == 0 ? 1000 : 40);
        int longRun = seed % 2 == 0 ? RunLength.LONG : 4; // the second is soon reached, so partitions are swept
        Partitions partitions = new Partitions(ordering, flow, work, null, null, longRun);
        AtomicReference<Throwable> fatal = new AtomicReference<>();
        QueueTimer timer = new QueueTimer(WorkerThreads.platform("timer-"), t -> fatal.compareAndSet(null, t));
        KqConf conf = KqConf.builder()
                .brokers("localhost:1")
                .group("g")
                .topic("t")
                .forceCommit(false)
                .retry(new RetryConf(3, java.time.Duration.ofMillis(1), java.time.Duration.ofMillis(3), 1, 0))
                .build();
        QueueCounters counters = new QueueCounters();
        RecordHandler handler = (record, attempt) -> {
            ledger.begin(record);
            boolean done = false;
            try {
                int dice = ThreadLocalRandom.current().nextInt(1000);
                if (dice < 2) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(12)); // longer than the watch waits
                } else if (dice < 20) {
                    LockSupport.parkNanos(50_000);
                } else if (dice < 30) {
                    throw new Exception("now and then");
                }
                done = true;
            } finally {
                ledger.end(record, done);
            }
        };
        Pace pace = new Pace();
        Worker.Shared shared = new Worker.Shared(
                work,
                new FailurePolicy(conf, null, Set.of(), (message, exception, attempt) -> {}, counters),
                timer,
                null,
                counters,
                pace,
                t -> fatal.compareAndSet(null, t));
        StuckRuns stuckRuns = new StuckRuns(timer);
        Workers workers = new Workers(
                WorkerThreads.platform("stress-"), work, seat -> new Worker(shared, handler, stuckRuns, seat));
        workers.setCount(6);
        // Fetchers go it as if all records took no time. Those that are kept there go on with a new one.
        Supplier<ShortWay> ways = () -> {
            AtomicReference<ShortWay> way = new AtomicReference<>();
            way.set(new ShortWay(
                    work,
                    pace,
                    run -> new RunHandler(shared, handler, stuckRuns, new RunLength(), run),
                    t -> fatal.compareAndSet(null, t),
                    Long.MAX_VALUE,
                    () -> way.get().leave()));
            return way.get();
        };

        List<Thread> fetchers = new ArrayList<>();
        for (int p = 0; p < PARTITIONS; p++) {
            TopicPartition tp = new TopicPartition("t", p);
            List<String> keys = new ArrayList<>();
            int distinct = 1 + random.nextInt(200);
            for (int i = 0; i < RECORDS; i++) {
                keys.add(random.nextInt(20) == 0 ? null : "k" + random.nextInt(distinct));
            }
            ledger.log(tp, keys);
            long ownSeed = random.nextLong();
            Thread fetcher = new Thread(() -> {
                try {
                    fetch(tp, keys, partitions, ledger, new Random(ownSeed), fatal, pace, ways);
                } catch (Throwable t) {
                    fatal.compareAndSet(null, t);
                }
            });
            fetcher.start();
            fetchers.add(fetcher);
        }
        for (Thread fetcher : fetchers) {
            fetcher.join();
        }
        timer.stop();
        workers.stop(TimeUnit.SECONDS.toNanos(5));

        List<String> breaches = new ArrayList<>(ledger.breaches());
        if (fatal.get() != null) {
            breaches.add("failure: " + fatal.get());
        } else if (breaches.isEmpty() && !ledger.allCommitted()) {
            breaches.add("progress: not everything was committed");
        }
        if (breaches.isEmpty() && partitions.held() != 0) {
            breaches.add("end state: " + partitions.held() + " records still held");
        }
        if (breaches.isEmpty() && flow.ready() != 0) {
            breaches.add("end state: " + flow.ready() + " records counted as ready");
        }
        return breaches;
    }

    private static void fetch(
            TopicPartition tp,
            List<String> keys,
            Partitions partitions,
            DeliveryLedger ledger,
            Random random,
            AtomicReference<Throwable> fatal,
            Pace pace,
            Supplier<ShortWay> ways)
            throws InterruptedException {
        Thread self = Thread.currentThread();
        long committed = 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!ledgerSatisfied(tp, keys, ledger)) {
            ShortWay way = ways.get();
            boolean goesShort = random.nextInt(3) > 0;
            long position = ledger.assigned(tp);
            OwnedPartition owned = partitions.open(tp, () -> LockSupport.unpark(self));
            List<ConsumerRecord<byte[], byte[]>> polled = new ArrayList<>();
            int rounds = random.nextInt(60) == 0 ? 5 : 20 + random.nextInt(400);
            for (int i = 0; i < rounds; i++) {
                if (fatal.get() != null || !ledger.breaches().isEmpty() || System.nanoTime() - deadline > 0) {
                    partitions.end(owned);
                    way.close();
                    return;
                }
                if (!owned.throttled() && position < keys.size()) {
                    List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
                    int size = 1 + random.nextInt(200);
                    while (batch.size() < size && position < keys.size()) {
                        batch.add(Records.record(tp, position, keys.get((int) position), "v"));
                        position++;
                    }
                    polled.addAll(batch);
                    if (goesShort) {
                        pace.seen(RunLength.MAX);
                    }
                    boolean opens = way.opens(batch.size());
                    owned.add(batch, position, opens ? way : null);
                    if (opens) {
                        way.go();
                    }
                } else {
                    LockSupport.parkNanos(300_000);
                }
                commit(owned, ledger);
                if (ledger.committedOf(tp) > committed) { // a busy machine takes its time; nothing at all is a hang
                    committed = ledger.committedOf(tp);
                    deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                }
                if (owned.committed() == keys.size()) {
                    break;
                }
            }
            way.close();
            if (random.nextInt(4) == 0) { // lost
                owned.close();
                partitions.end(owned);
                continue;
            }
            owned.close();
            if (owned.awaitQuiet(random.nextBoolean() ? 0 : TimeUnit.SECONDS.toNanos(5))) {
                ledger.quiet(tp, polled);
            }
            commit(owned, ledger);
            partitions.end(owned);
        }
    }

    private static void commit(OwnedPartition owned, DeliveryLedger ledger) {
        long watermark = owned.watermark();
        if (watermark > owned.committed()) {
            ledger.committed(owned.topicPartition(), watermark);
            owned.committed(watermark);
        }
    }

    private static boolean ledgerSatisfied(TopicPartition tp, List<String> keys, DeliveryLedger ledger) {
        return ledger.committedOf(tp) == keys.size();
    }
}
