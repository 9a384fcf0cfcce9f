package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BrokerWatchTest {
    static List<KafkaException> refusals() {
        return List.of(new TopicAuthorizationException("no"), new SaslAuthenticationException("no"));
    }

    /** Such as one whose authorizer throws. */
    @Test
    void questionThatABrokerFailsAt_isReported_andDoesNotEndTheFetcher() {
        assertThat(reasonsWith(new KafkaException("Unexpected error fetching metadata")))
                .singleElement(STRING)
                .contains("Unexpected error fetching metadata");
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusedQuestionForATopic_isReported_andDoesNotEndTheFetcher(KafkaException refusal) {
        assertThat(reasonsWith(refusal)).hasSize(1).allMatch(reason -> reason.startsWith("no access: "));
    }

    private static List<String> reasonsWith(KafkaException refusal) {
        KqConf conf = KqConf.builder().brokers("a:1").group("g").topic("t").build();
        QueueHealth health = new QueueHealth("q");
        BrokerWatch watch = new BrokerWatch(
                new MockConsumer<byte[], byte[]>("earliest") {
                    @Override
                    public synchronized List<PartitionInfo> partitionsFor(String topic, Duration timeout) {
                        throw refusal;
                    }
                },
                conf,
                0,
                health,
                new Refusals(conf.connection(), 0, health));

        for (int second = 1; second < 10; second++) {
            watch.tick(System.nanoTime() + Duration.ofSeconds(2L * second).toNanos(), true);
        }

        return health.health(true, null).reasons();
    }
}
