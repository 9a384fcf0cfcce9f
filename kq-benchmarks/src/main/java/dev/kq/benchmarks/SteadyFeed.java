package dev.kq.benchmarks;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Pushes records at a fixed rate, each with the time at which it was pushed. */
final class SteadyFeed {
    static final int PER_SECOND = 1000;
    private static final long INTERVAL_NANOS = 1_000_000_000L / PER_SECOND;

    private SteadyFeed() {}

    /** Returns when all are acknowledged; fails if one is not, for then whoever reads them would wait for ever. */
    static void run(String brokers, String topic, long records) {
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokers,
                ProducerConfig.LINGER_MS_CONFIG,
                0,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class);
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            long due = System.nanoTime();
            for (long i = 0; i < records; i++, due += INTERVAL_NANOS) {
                for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                    LockSupport.parkNanos(early);
                }
                // The clock is the same in all processes of a machine.
                var unused = producer.send(
                        new ProducerRecord<>(topic, "key-" + i % 10_000, i + " " + System.nanoTime()),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.set(e);
                            }
                        });
            }
        }
        if (failure.get() != null) {
            throw new IllegalStateException("not all records were pushed", failure.get());
        }
    }

    static long pushedAt(String value) {
        return Long.parseLong(value.substring(value.indexOf(' ') + 1));
    }
}
