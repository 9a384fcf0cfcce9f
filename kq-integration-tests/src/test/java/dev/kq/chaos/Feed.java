package dev.kq.chaos;

import dev.kq.chaos.Evidence.Push;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Pushes records at an even pace, whatever happens to the brokers, and remembers each that was acknowledged. A push
 * that fails is an error of the test: the producer has five minutes for each.
 */
final class Feed implements AutoCloseable {
    private static final int KEYS = 400;
    private static final int PERIOD_MILLIS = 10;

    private final String topic;
    private final KafkaProducer<String, String> producer;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();

    /** Guarded by this. */
    private final List<TreeMap<Long, Push>> acknowledged = new ArrayList<>();

    /** Guarded by this. */
    private Exception failure;

    /** Confined to the pushing thread. */
    private final Map<String, Long> sequences = new HashMap<>();

    private final AtomicLong sent = new AtomicLong();

    Feed(Brokers brokers, String topic, int partitions) {
        this.topic = topic;
        for (int p = 0; p < partitions; p++) {
            acknowledged.add(new TreeMap<>());
        }
        Map<String, Object> properties = new HashMap<>(brokers.clientProperties());
        properties.put("acks", "all");
        properties.put("linger.ms", 5);
        properties.put("delivery.timeout.ms", 300_000);
        properties.put("request.timeout.ms", 5_000);
        producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    /** Pushes so many records now, as fast as possible. */
    void push(int count) {
        for (int i = 0; i < count; i++) {
            pushOne();
        }
    }

    /** Pushes on and on in the background. */
    ScheduledFuture<?> pushEverySecond(int records) {
        int each = records * PERIOD_MILLIS / 1000;
        return pace.scheduleAtFixedRate(() -> push(each), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Ends the pushing; returns when everything is acknowledged. */
    void finish() throws InterruptedException {
        pace.shutdown();
        if (!pace.awaitTermination(60, TimeUnit.SECONDS)) {
            throw new AssertionError("a push blocks for a minute");
        }
        producer.flush();
    }

    /** Records pushed so far, acknowledged or not. */
    long sent() {
        return sent.get();
    }

    /** The end of each partition as far as it is known from acknowledgements. */
    synchronized long[] acknowledgedEnds() {
        return acknowledged.stream()
                .mapToLong(partition -> partition.isEmpty() ? 0 : partition.lastKey() + 1)
                .toArray();
    }

    /**
     * Everything that was acknowledged, by partition and offset.
     *
     * @throws AssertionError if a push failed, or the offsets have gaps, or a key's records are not in the order in
     *     which they were pushed: then the log is not what the checks take it for
     */
    synchronized List<List<Push>> pushed() {
        if (failure != null) {
            throw new AssertionError("a push failed", failure);
        }
        List<List<Push>> all = new ArrayList<>();
        Map<String, Long> next = new HashMap<>();
        for (TreeMap<Long, Push> partition : acknowledged) {
            List<Push> log = List.copyOf(partition.values());
            if (!log.isEmpty() && partition.lastKey() != log.size() - 1) {
                throw new AssertionError("a partition's acknowledged offsets have gaps");
            }
            for (Push push : log) {
                if (push.sequence() != next.merge(push.key(), 1L, Long::sum) - 1) {
                    throw new AssertionError("out of order in the log: " + push);
                }
            }
            all.add(log);
        }
        return all;
    }

    @Override
    public void close() {
        pace.shutdownNow();
        producer.close(Duration.ZERO);
    }

    private void pushOne() {
        String key = "k" + sent.getAndIncrement() % KEYS;
        long sequence = sequences.merge(key, 1L, Long::sum) - 1;
        var ignored = producer.send(new ProducerRecord<>(topic, key, Long.toString(sequence)), (metadata, e) -> {
            if (e == null) {
                acknowledged(metadata.partition(), metadata.offset(), new Push(key, sequence));
            } else {
                failed(e);
            }
        });
    }

    private synchronized void acknowledged(int partition, long offset, Push push) {
        acknowledged.get(partition).put(offset, push);
    }

    private synchronized void failed(Exception e) {
        failure = e;
    }
}
