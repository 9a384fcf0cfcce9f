package dev.kq.benchmarks;

import java.util.function.BiConsumer;

/** The limit: each consumer's thread calls the handler itself. */
final class RawPollLoop implements QueueContender {
    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        return new PollLoops(
                job,
                job.number(QueueJob.CONSUMERS),
                true,
                records -> records.forEach(record -> handler.accept(record.key(), record.value())));
    }
}
