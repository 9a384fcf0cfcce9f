package dev.kq.benchmarks;

import java.util.function.BiConsumer;

/** One way to handle the records of a topic in a group of its own, each with {@code handler}. */
interface QueueContender {
    /** Begins; closing what is returned ends it. The handler gets key and value, on whatever threads. */
    AutoCloseable start(QueueJob job, BiConsumer<String, String> handler);
}
