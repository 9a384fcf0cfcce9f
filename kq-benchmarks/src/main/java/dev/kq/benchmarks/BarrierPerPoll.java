package dev.kq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * What is often written by hand: every poll's records go to an executor, all of them are waited for, then the next
 * poll. No order is kept.
 */
final class BarrierPerPoll implements QueueContender {
    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        ExecutorService executor = Executors.newFixedThreadPool(job.number(QueueJob.HANDLERS));
        PollLoops loops = new PollLoops(
                job, job.number(QueueJob.CONSUMERS), true, records -> handleAll(records, handler, executor));
        return () -> {
            loops.close();
            executor.shutdown();
        };
    }

    private static void handleAll(
            ConsumerRecords<String, String> records, BiConsumer<String, String> handler, ExecutorService executor) {
        List<Future<?>> polled = new ArrayList<>(records.count());
        for (ConsumerRecord<String, String> record : records) {
            polled.add(executor.submit(() -> handler.accept(record.key(), record.value())));
        }
        try {
            for (Future<?> one : polled) {
                one.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
