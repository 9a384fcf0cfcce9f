package dev.kq.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * The limit: each consumer has a thread that polls and calls the handler itself, and commits what it has handled once a
 * second.
 */
final class RawPollLoop implements QueueContender {
    private static final long COMMIT_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    @Override
    public AutoCloseable start(QueueJob job, BiConsumer<String, String> handler) {
        AtomicBoolean closing = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < job.consumers(); i++) {
            Thread thread = new Thread(() -> loop(job, handler, closing), "raw-" + i);
            threads.add(thread);
            thread.start();
        }
        return () -> {
            closing.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        };
    }

    private static void loop(QueueJob job, BiConsumer<String, String> handler, AtomicBoolean closing) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(job.consumerProperties())) {
            consumer.subscribe(List.of(job.topic()));
            long committed = System.nanoTime();
            while (!closing.get()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    handler.accept(record.key(), record.value());
                }
                if (System.nanoTime() - committed > COMMIT_INTERVAL_NANOS) {
                    consumer.commitAsync();
                    committed = System.nanoTime();
                }
            }
            consumer.commitSync();
        }
    }
}
