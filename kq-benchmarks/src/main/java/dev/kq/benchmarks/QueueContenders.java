package dev.kq.benchmarks;

import dev.kq.Ordering;
import dev.kq.WorkerKind;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everyone who takes part, by name. */
final class QueueContenders {
    static final String RAW = "raw poll loop";
    static final String BARRIER = "executor, barrier per poll";
    static final String SPRING = "Spring Kafka";
    static final String PARALLEL_UNORDERED = "Parallel Consumer (unordered)";
    static final String PARALLEL_KEY = "Parallel Consumer (key)";
    static final String PARALLEL_OWN = "Parallel Consumer (key, own buffer)";
    static final String REACTOR = "reactor-kafka";
    static final String VIRTUAL = "a virtual thread per record";
    static final String KQ = "kq (key)";
    static final String KQ_PARTITION = "kq (partition)";
    static final String KQ_NONE = "kq (none)";
    static final String KQ_VIRTUAL = "kq (key, virtual)";
    static final String KQ_METERED = "kq (key, meter registry)";

    private static final Map<String, QueueContender> BY_NAME = new LinkedHashMap<>();

    static {
        BY_NAME.put(RAW, new RawPollLoop());
        BY_NAME.put(BARRIER, new BarrierPerPoll());
        BY_NAME.put(SPRING, new SpringKafka());
        BY_NAME.put(PARALLEL_UNORDERED, new ParallelConsumer(false, false));
        BY_NAME.put(PARALLEL_KEY, new ParallelConsumer(true, false));
        BY_NAME.put(PARALLEL_OWN, new ParallelConsumer(true, true));
        BY_NAME.put(REACTOR, new ReactorKafka());
        BY_NAME.put(VIRTUAL, new VirtualThreadPerRecord());
        BY_NAME.put(KQ, new KqContender(Ordering.KEY, WorkerKind.PLATFORM, false));
        BY_NAME.put(KQ_PARTITION, new KqContender(Ordering.PARTITION, WorkerKind.PLATFORM, false));
        BY_NAME.put(KQ_NONE, new KqContender(Ordering.NONE, WorkerKind.PLATFORM, false));
        BY_NAME.put(KQ_VIRTUAL, new KqContender(Ordering.KEY, WorkerKind.VIRTUAL, false));
        BY_NAME.put(KQ_METERED, new KqContender(Ordering.KEY, WorkerKind.PLATFORM, true));
    }

    private QueueContenders() {}

    static QueueContender named(String name) {
        QueueContender contender = BY_NAME.get(name);
        if (contender == null) {
            throw new IllegalArgumentException("no contender " + name + ", only " + BY_NAME.keySet());
        }
        return contender;
    }
}
