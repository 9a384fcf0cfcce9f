package dev.kq.benchmarks;

import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * Confluent's Parallel Consumer: one Kafka consumer and as many threads as asked for. By itself it begins with a buffer
 * of two records for each thread and makes it larger every two seconds.
 */
final class ParallelConsumer implements QueueContender {
    private final boolean keyOrder;
    private final boolean ownBuffer;

    ParallelConsumer(boolean keyOrder, boolean ownBuffer) {
        this.keyOrder = keyOrder;
        this.ownBuffer = ownBuffer;
    }

    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        ParallelStreamProcessor<String, String> processor =
                ParallelStreamProcessor.createEosStreamProcessor(ParallelConsumerOptions.<String, String>builder()
                        .consumer(new KafkaConsumer<>(job.consumerProperties(1)))
                        .ordering(keyOrder ? ProcessingOrder.KEY : ProcessingOrder.UNORDERED)
                        .maxConcurrency(job.number(QueueJob.HANDLERS))
                        .messageBufferSize(ownBuffer ? 0 : job.budget())
                        .build());
        processor.subscribe(List.of(job.text(QueueJob.TOPIC)));
        processor.poll(context -> handler.accept(
                context.getSingleConsumerRecord().key(),
                context.getSingleConsumerRecord().value()));
        return processor::closeDontDrainFirst;
    }
}
