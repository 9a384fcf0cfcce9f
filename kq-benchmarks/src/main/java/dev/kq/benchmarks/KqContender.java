package dev.kq.benchmarks;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Ordering;
import dev.kq.StartOffset;
import dev.kq.WorkerKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** A queue with its defaults, but for what the job asks for. */
final class KqContender implements QueueContender {
    private final Ordering ordering;
    private final WorkerKind workers;
    private final boolean metered;

    KqContender(Ordering ordering, WorkerKind workers, boolean metered) {
        this.ordering = ordering;
        this.workers = workers;
        this.metered = metered;
    }

    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        List<KqQueue> queues = new ArrayList<>();
        for (int i = 0; i < job.number(QueueJob.QUEUES); i++) {
            queues.add(queue(job, "kq-" + i, handler));
        }
        queues.forEach(KqQueue::start);
        return new Running() {
            @Override
            public long held() {
                return queues.stream().mapToLong(KqQueue::held).sum();
            }

            @Override
            public void close() {
                queues.forEach(KqQueue::close);
            }
        };
    }

    private KqQueue queue(QueueJob job, String name, BiConsumer<String, String> handler) {
        KqConf conf = KqConf.builder()
                .name(name)
                .brokers(job.text(QueueJob.BROKERS))
                .group(job.text(QueueJob.GROUP) + "-" + name)
                .topic(job.text(QueueJob.TOPIC))
                .offset(StartOffset.FIRST)
                .consumers(job.number(QueueJob.CONSUMERS))
                .processors(job.number(QueueJob.HANDLERS))
                .queueCapacity(job.number(QueueJob.IN_FLIGHT))
                .queueBytes(Long.parseLong(job.text(QueueJob.QUEUE_BYTES)))
                .ordering(ordering)
                .workers(workers)
                .properties(job.properties())
                .build();
        KqQueue.Builder builder = KqQueue.builder(conf).handler(handler::accept);
        if (metered) {
            builder.meterRegistry(new SimpleMeterRegistry());
        }
        return builder.build();
    }
}
