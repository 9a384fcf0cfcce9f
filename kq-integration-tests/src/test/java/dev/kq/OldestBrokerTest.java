package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.errors.KqException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same on the oldest Kafka that our clients talk to; what it cannot do is in docs/brokers.md. */
@InContainer(KafkaImage.OLDEST)
class OldestBrokerTest {
    @Nested
    class Queue extends KqQueueTest {}

    @Nested
    class Failures extends FailureTest {}

    @Nested
    class Rebalances extends RebalanceTest {}

    @Nested
    class Pushes extends PushTest {}

    @Nested
    @Timeout(60)
    class Missing extends BrokerTest {
        @Test
        void consumerGroupProtocol_endsTheQueue_whichSaysWhy() {
            assertEnds(
                    conf().groupProtocol(GroupProtocol.CONSUMER),
                    "The cluster does not support the new CONSUMER group protocol");
        }

        @Test
        void staticMember_endsTheQueue_whichSaysWhy() {
            assertEnds(conf().property("group.instance.id", topic), "group.instance.id");
        }

        private void assertEnds(KqConf.Builder conf, String because) {
            kafka.createTopic(topic, 1);
            KqQueue queue = start(conf.build(), (key, value) -> {});
            assertThatThrownBy(queue::join)
                    .isInstanceOf(KqException.class)
                    .hasStackTraceContaining("UnsupportedVersionException")
                    .hasStackTraceContaining(because);
            assertThat(queue.health().status()).isEqualTo(Health.Status.DOWN);
        }
    }
}
