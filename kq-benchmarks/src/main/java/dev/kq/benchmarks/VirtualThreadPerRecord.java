package dev.kq.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** A limit for slow handlers: a new virtual thread for each record, no order, no commit. Needs Java 21. */
final class VirtualThreadPerRecord implements QueueContender {
    @Override
    public AutoCloseable start(QueueJob job, BiConsumer<String, String> handler) {
        AtomicBoolean closing = new AtomicBoolean();
        Semaphore free = new Semaphore(job.concurrency());
        ExecutorService executor = virtualThreads();
        Thread thread = new Thread(() -> loop(job, handler, closing, free, executor), "virtual-poll");
        thread.start();
        return () -> {
            closing.set(true);
            thread.join();
            executor.shutdown();
        };
    }

    private static void loop(
            QueueJob job,
            BiConsumer<String, String> handler,
            AtomicBoolean closing,
            Semaphore free,
            ExecutorService executor) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(job.consumerProperties())) {
            consumer.subscribe(List.of(job.topic()));
            while (!closing.get()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    free.acquireUninterruptibly();
                    executor.execute(() -> {
                        handler.accept(record.key(), record.value());
                        free.release();
                    });
                }
            }
        }
    }

    /** By name, for the sources are compiled for Java 17. */
    private static ExecutorService virtualThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("virtual threads need Java 21 or newer", e);
        }
    }
}
