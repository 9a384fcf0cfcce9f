package dev.kq;

import org.junit.jupiter.api.Nested;

/**
 * What needs a broker and nothing else of it, on Kafka as it is shipped in its container image, where Docker answers.
 */
@InContainer(KafkaImage.CURRENT)
class ContainerTest {
    @Nested
    class Queue extends KqQueueTest {}

    @Nested
    class Failures extends FailureTest {}

    @Nested
    class Rebalances extends RebalanceTest {}

    @Nested
    class Pushes extends PushTest {}

    @Nested
    class Meters extends MetricsTest {}

    @Nested
    class Files extends KqFilesTest {}
}
