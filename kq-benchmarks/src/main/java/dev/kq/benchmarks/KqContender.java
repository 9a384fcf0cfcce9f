package dev.kq.benchmarks;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Ordering;
import dev.kq.StartOffset;
import dev.kq.WorkerKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
    public AutoCloseable start(QueueJob job, BiConsumer<String, String> handler) {
        KqConf conf = KqConf.builder()
                .name("kq")
                .brokers(job.brokers())
                .group(job.group())
                .topic(job.topic())
                .offset(StartOffset.FIRST)
                .consumers(job.consumers())
                .processors(job.concurrency())
                .queueCapacity(job.inFlight())
                .ordering(ordering)
                .workers(workers)
                .properties(job.properties())
                .build();
        KqQueue.Builder builder = KqQueue.builder(conf).handler(handler::accept);
        if (metered) {
            builder.meterRegistry(new SimpleMeterRegistry());
        }
        KqQueue queue = builder.build();
        queue.start();
        return queue::stop;
    }
}
