package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the tests on the shared broker have in common: names of their own, and queues that are closed at the end. */
@ExtendWith({KafkaExtension.class, BrokerExtension.class})
abstract class BrokerTest {
    TestBroker kafka;
    String topic;
    String group;
    private final List<KqQueue> queues = new ArrayList<>();

    @BeforeEach
    void names(TestBroker kafka, TestNames names) {
        this.kafka = kafka;
        this.topic = names.topic();
        this.group = names.group();
    }

    @AfterEach
    void closeQueues() {
        queues.forEach(KqQueue::close);
    }

    /**
     * From the first offset, with short waits. One fetcher: a second one that joins later makes partitions move, and
     * what was done behind an unfinished record comes again, which is right but hard to count.
     */
    KqConf.Builder conf() {
        return KqConf.builder()
                .brokers(kafka.bootstrapServers().split(","))
                .name(topic)
                .group(group)
                .topic(topic)
                .offset(StartOffset.FIRST)
                .consumers(1)
                .minBytes(1)
                .commitInterval(Duration.ofMillis(100))
                .property("metadata.max.age.ms", "500");
    }

    KqQueue start(KqConf conf, ConsumeHandler handler) {
        return start(KqQueue.builder(conf).handler(handler));
    }

    KqQueue start(KqQueue.Builder builder) {
        KqQueue queue = builder.build();
        queues.add(queue);
        queue.start();
        return queue;
    }

    /** Skips the rest of the test on the oldest Kafka, where this is not to be had. */
    void notOnOldest(String because) {
        assumeTrue(!kafka.isOldest(), because);
    }

    void notOnOldest(GroupMode mode) {
        if (mode == GroupMode.KIP_848) {
            notOnOldest("the consumer group protocol came with Kafka 4.0");
        }
    }

    static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }

    void awaitReconciled(KqQueue... all) {
        Kafka.awaitAllCommitted(kafka, topic, group);
        for (KqQueue queue : all) {
            await().untilAsserted(() -> assertThat(queue.lag().orElse(0)).isZero());
        }
    }
}
