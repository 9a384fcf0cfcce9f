package dev.kq.benchmarks;

import dev.kq.benchmarks.QueueTopics.Content;
import java.util.Map;

/** The broker, its topics, and the report, which is printed table by table. Confined to the thread that measures. */
final class QueueRig {
    /** A handler that does nothing: so many records make a round long enough. */
    static final Content MANY = new Content(2_000_000, 100, 10_000, 8);

    static final int CONSUMERS = 8;
    static final int HANDLERS = 8;
    static final int IN_FLIGHT = 1000;

    private final String brokers;
    private final QueueTopics topics;
    private final boolean markdown;

    QueueRig(String brokers, boolean markdown) {
        this.brokers = brokers;
        this.topics = new QueueTopics(brokers);
        this.markdown = markdown;
    }

    /** Reads all of a topic with these records, with kq's defaults. */
    QueueJob job(Content content, String work) {
        return job(topics.with(content), work).with(QueueJob.RECORDS, content.records());
    }

    /** The same for a topic that is there; it says neither how many records nor how long. */
    QueueJob job(String topic, String work) {
        return new QueueJob(Map.of(QueueJob.BROKERS, brokers, QueueJob.TOPIC, topic, QueueJob.WORK, work))
                .with(QueueJob.MILLIS, 0)
                .with(QueueJob.SETTLE_MILLIS, 3000)
                .with(QueueJob.CONSUMERS, CONSUMERS)
                .with(QueueJob.HANDLERS, HANDLERS)
                .with(QueueJob.IN_FLIGHT, IN_FLIGHT)
                .with(QueueJob.QUEUE_BYTES, 64L << 20)
                .with(QueueJob.QUEUES, 1);
    }

    /** A topic without records. */
    String emptyTopic(String name, int partitions) {
        topics.create(name, partitions);
        return name;
    }

    /** Prints a table under a sentence that says what was measured. */
    void add(String what, Table table) {
        System.out.println(what + "\n");
        System.out.println(table.text(markdown));
        System.out.flush();
        Progress.say("done: " + what.substring(0, Math.min(what.length(), 60)));
    }

    static boolean virtualThreads() {
        return Runtime.version().feature() >= 21;
    }
}
