package dev.kq.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * What is often written by hand: every poll's records go to an executor, all of them are waited for, then the next
 * poll. No order is kept.
 */
final class BarrierPerPoll implements QueueContender {
    private static final long COMMIT_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    @Override
    public AutoCloseable start(QueueJob job, BiConsumer<String, String> handler) {
        AtomicBoolean closing = new AtomicBoolean();
        ExecutorService executor = Executors.newFixedThreadPool(job.concurrency());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < job.consumers(); i++) {
            Thread thread = new Thread(() -> loop(job, handler, executor, closing), "barrier-" + i);
            threads.add(thread);
            thread.start();
        }
        return () -> {
            closing.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            executor.shutdown();
        };
    }

    private static void loop(
            QueueJob job, BiConsumer<String, String> handler, ExecutorService executor, AtomicBoolean closing) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(job.consumerProperties())) {
            consumer.subscribe(List.of(job.topic()));
            long committed = System.nanoTime();
            List<Future<?>> polled = new ArrayList<>();
            while (!closing.get()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    polled.add(executor.submit(() -> handler.accept(record.key(), record.value())));
                }
                for (Future<?> one : polled) {
                    one.get();
                }
                polled.clear();
                if (System.nanoTime() - committed > COMMIT_INTERVAL_NANOS) {
                    consumer.commitAsync();
                    committed = System.nanoTime();
                }
            }
            consumer.commitSync();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
