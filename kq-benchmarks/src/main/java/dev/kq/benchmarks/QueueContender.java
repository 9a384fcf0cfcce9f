package dev.kq.benchmarks;

import java.util.function.BiConsumer;

/** One way to handle the records of a topic in a group of its own, each with {@code handler}. */
interface QueueContender {
    /** Begins. The handler gets key and value, on whatever threads. */
    Running start(QueueJob job, BiConsumer<String, String> handler);

    /** What has begun; closing it ends it. */
    interface Running extends AutoCloseable {
        /** How many records are fetched and not finished; 0 from those who do not say. */
        default long held() {
            return 0;
        }

        @Override
        void close();
    }
}
