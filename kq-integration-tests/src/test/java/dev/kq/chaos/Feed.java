package dev.kq.chaos;

import dev.kq.chaos.Setting.TopicKind;
import dev.kq.testkit.guarantee.EventLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Pushes records at an even pace, whatever happens to the brokers, and writes each that was acknowledged to the event
 * log {@code feed}. The producer has five minutes for each; if more than one of a hundred fail for good, something is
 * wrong with the test. Of transactions, one of ten is aborted on purpose.
 */
final class Feed implements AutoCloseable {
    private static final int KEYS = 400;
    private static final int PERIOD_MILLIS = 50;

    private final String topic;
    private final TopicKind kind;
    private final EventLog log;
    private final Map<String, Object> properties;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** Guarded by this. */
    private final Map<Integer, Long> ends = new TreeMap<>();

    private volatile @Nullable Exception failure;

    /** Confined to the pushing thread until the end. */
    private KafkaProducer<String, String> producer;

    private long transactions;

    Feed(Map<String, Object> clientProperties, String topic, TopicKind kind, Path folder) {
        this.topic = topic;
        this.kind = kind;
        this.log = EventLog.open(folder, "feed", topic);
        properties = new HashMap<>(clientProperties);
        properties.put("acks", "all");
        properties.put("linger.ms", 5);
        properties.put("delivery.timeout.ms", 300_000);
        properties.put("max.block.ms", 120_000);
        properties.put("request.timeout.ms", 5_000);
        properties.put("metadata.max.age.ms", 5_000); // learns of new partitions
        if (kind == TopicKind.TRANSACTIONAL) {
            properties.put("transactional.id", topic);
            properties.put("transaction.timeout.ms", 10_000); // nobody may read past an open one
        }
        producer = newProducer();
    }

    private KafkaProducer<String, String> newProducer() {
        KafkaProducer<String, String> made =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        if (kind == TopicKind.TRANSACTIONAL) {
            made.initTransactions();
        }
        return made;
    }

    /** Pushes on and on in the background. */
    void start(int recordsPerSecond) {
        int each = Math.max(1, recordsPerSecond * PERIOD_MILLIS / 1000);
        long period = each * 1000L / recordsPerSecond;
        var ignored = pace.scheduleAtFixedRate(
                () -> {
                    try {
                        push(each);
                    } catch (RuntimeException e) {
                        failure = e;
                    }
                },
                0,
                period,
                TimeUnit.MILLISECONDS);
    }

    /** Pushes so many records now. */
    void push(int count) {
        if (failure != null) {
            return;
        }
        if (kind == TopicKind.TRANSACTIONAL) {
            pushTogether(count);
        } else {
            for (int i = 0; i < count; i++) {
                ProducerRecord<String, String> next = next();
                var ignored = producer.send(next, (metadata, e) -> {
                    if (e == null) {
                        acknowledged(metadata, next.key());
                    } else {
                        refused(e);
                    }
                });
            }
        }
    }

    /** Whether the record is in the log, the log says; that it is not, is nobody's promise to keep. */
    private void refused(Exception e) {
        if (refused.incrementAndGet() > 10 + sent.get() / 100) {
            failure = e;
        }
    }

    private void pushTogether(int count) {
        try {
            producer.beginTransaction();
            Map<ProducerRecord<String, String>, Future<RecordMetadata>> records = new HashMap<>();
            List<ProducerRecord<String, String>> order = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ProducerRecord<String, String> next = next();
                order.add(next);
                records.put(next, producer.send(next));
            }
            if (++transactions % 10 == 0) {
                producer.flush();
                producer.abortTransaction();
                return;
            }
            commit();
            for (ProducerRecord<String, String> record : order) {
                acknowledged(records.get(record).get(), record.key());
            }
        } catch (KafkaException | ExecutionException e) {
            refused(e); // what became of it, the topic says
            producer.close(Duration.ofSeconds(5));
            producer = newProducer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit() {
        try {
            producer.commitTransaction();
        } catch (TimeoutException e) {
            producer.commitTransaction(); // the same once more, as the client wants it
        }
    }

    private ProducerRecord<String, String> next() {
        long number = sent.getAndIncrement();
        boolean noKey = kind != TopicKind.COMPACTED && number % 20 == 19;
        return new ProducerRecord<>(topic, noKey ? null : "k" + number % KEYS, Long.toString(number));
    }

    private void acknowledged(RecordMetadata metadata, @Nullable String key) {
        log.pushed(metadata.partition(), metadata.offset(), key);
        acknowledged.incrementAndGet();
        synchronized (this) {
            ends.merge(metadata.partition(), metadata.offset() + 1, Math::max);
        }
    }

    /** Ends the pushing; returns when everything is acknowledged. */
    void finish() throws InterruptedException {
        pace.shutdown();
        if (!pace.awaitTermination(120, TimeUnit.SECONDS)) {
            throw new AssertionError("a push blocks for two minutes");
        }
        producer.flush();
        check();
    }

    /** @throws AssertionError if a push failed */
    void check() {
        if (failure != null) {
            throw new AssertionError("a push failed", failure);
        }
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** The end of each partition as far as it is known from acknowledgements. */
    synchronized long[] ends() {
        long[] all = new long[ends.keySet().stream().mapToInt(p -> p + 1).max().orElse(0)];
        ends.forEach((partition, end) -> all[partition] = end);
        return all;
    }

    @Override
    public void close() {
        pace.shutdownNow();
        producer.close(Duration.ZERO);
        log.close();
    }
}
