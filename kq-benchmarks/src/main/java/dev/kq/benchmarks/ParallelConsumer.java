package dev.kq.benchmarks;

import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Confluent's Parallel Consumer: one Kafka consumer and as many threads as asked for. */
final class ParallelConsumer implements QueueContender {
    private final boolean keyOrder;

    ParallelConsumer(boolean keyOrder) {
        this.keyOrder = keyOrder;
    }

    @Override
    public AutoCloseable start(QueueJob job, BiConsumer<String, String> handler) {
        ParallelStreamProcessor<String, String> processor =
                ParallelStreamProcessor.createEosStreamProcessor(ParallelConsumerOptions.<String, String>builder()
                        .consumer(new KafkaConsumer<>(job.consumerProperties()))
                        .ordering(keyOrder ? ProcessingOrder.KEY : ProcessingOrder.UNORDERED)
                        .maxConcurrency(job.number(QueueJob.HANDLERS))
                        .build());
        processor.subscribe(List.of(job.text(QueueJob.TOPIC)));
        processor.poll(context -> handler.accept(
                context.getSingleConsumerRecord().key(),
                context.getSingleConsumerRecord().value()));
        return processor::closeDontDrainFirst;
    }
}
