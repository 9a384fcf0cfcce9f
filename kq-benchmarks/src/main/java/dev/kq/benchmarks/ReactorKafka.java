package dev.kq.benchmarks;

import java.util.List;
import java.util.function.BiConsumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;

/** A receiver whose records go to a scheduler of as many threads as asked for; no order is kept. */
final class ReactorKafka implements QueueContender {
    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        Scheduler workers = Schedulers.newBoundedElastic(
                job.number(QueueJob.HANDLERS), Integer.MAX_VALUE, "reactor-kafka-handlers");
        ReceiverOptions<String, String> options = ReceiverOptions.<String, String>create(job.consumerProperties(1))
                .subscription(List.of(job.text(QueueJob.TOPIC)));
        Disposable running = KafkaReceiver.create(options)
                .receive()
                .flatMap(
                        record -> Mono.fromRunnable(() -> {
                                    handler.accept(record.key(), record.value());
                                    record.receiverOffset().acknowledge();
                                })
                                .subscribeOn(workers),
                        job.number(QueueJob.HANDLERS))
                .subscribe();
        return () -> {
            running.dispose();
            workers.dispose();
        };
    }
}
