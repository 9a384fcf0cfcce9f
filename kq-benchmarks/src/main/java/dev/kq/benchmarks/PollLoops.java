package dev.kq.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * Threads that poll, each with a consumer of its own, hand over what they get, and commit once a second what was handed
 * over. Closing it waits for them.
 */
final class PollLoops implements QueueContender.Running {
    private static final long COMMIT_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    private final QueueJob job;
    private final int consumers;
    private final boolean commits;
    private final Consumer<ConsumerRecords<String, String>> each;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closing;

    PollLoops(QueueJob job, int consumers, boolean commits, Consumer<ConsumerRecords<String, String>> each) {
        this.job = job;
        this.consumers = consumers;
        this.commits = commits;
        this.each = each;
        for (int i = 0; i < consumers; i++) {
            Thread thread = new Thread(this::loop, "poll-loop-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void loop() {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(job.consumerProperties(consumers))) {
            consumer.subscribe(List.of(job.text(QueueJob.TOPIC)));
            long committed = System.nanoTime();
            while (!closing) {
                each.accept(consumer.poll(Duration.ofMillis(100)));
                if (commits && System.nanoTime() - committed > COMMIT_INTERVAL_NANOS) {
                    consumer.commitAsync();
                    committed = System.nanoTime();
                }
            }
            if (commits) {
                consumer.commitSync();
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
