package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.conf.ConfException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KqConfTest {
    private static KqConf.Builder small() {
        return KqConf.builder().brokers("127.0.0.1:9092").group("g").topic("t");
    }

    @Test
    void hostNames_areVerified_unlessItIsWrittenPlainly() {
        KqConf.Builder conf = KqConf.builder().brokers("a:1").group("g").topic("t");
        assertThatThrownBy(() -> conf.property("ssl.endpoint.identification.algorithm", " ")
                        .build())
                .hasMessageContaining("cannot be empty: write InsecureSkipVerify: true");
        conf.property("ssl.endpoint.identification.algorithm", "https").build();
    }

    @Test
    void builder_hasTheDocumentedDefaults() {
        KqConf conf = small().build();

        assertThat(conf.name()).isEqualTo("t");
        assertThat(conf.brokers()).containsExactly("127.0.0.1:9092");
        assertThat(conf.group()).isEqualTo("g");
        assertThat(conf.topics()).containsExactly("t");
        assertThat(conf.topicPattern()).isNull();
        assertThat(conf.offset()).isEqualTo(StartOffset.LAST);
        assertThat(conf.conns()).isEqualTo(1);
        assertThat(conf.consumers()).isEqualTo(8);
        assertThat(conf.processors()).isEqualTo(8);
        assertThat(conf.minBytes()).isEqualTo(10240);
        assertThat(conf.maxBytes()).isEqualTo(10485760);
        assertThat(conf.maxWait()).isEqualTo(Duration.ofMillis(100));
        assertThat(conf.forceCommit()).isTrue();
        assertThat(conf.commitInOrder()).isFalse();
        assertThat(conf.ordering()).isEqualTo(Ordering.KEY);
        assertThat(conf.commitInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(conf.queueCapacity()).isEqualTo(1000);
        assertThat(conf.queueBytes()).isEqualTo(64L * 1024 * 1024);
        assertThat(conf.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(conf.workers()).isEqualTo(WorkerKind.PLATFORM);
        assertThat(conf.rateLimit()).isZero();
        assertThat(conf.retry()).isEqualTo(new RetryConf(3, Duration.ofMillis(200), Duration.ofSeconds(30), 2.0, 0.2));
        assertThat(conf.deadLetterTopic()).isNull();
        assertThat(conf.groupProtocol()).isEqualTo(GroupProtocol.CLASSIC);
        assertThat(conf.properties()).isEmpty();
        assertThat(conf.connection().clientProperties())
                .isEqualTo(Map.of("bootstrap.servers", "127.0.0.1:9092", "security.protocol", "PLAINTEXT"));
    }

    @Test
    void parse_hasTheSameDefaultsAsTheBuilder() {
        KqConf fromYaml = KqConf.parse("{Brokers: '127.0.0.1:9092', Group: g, Topic: t}");

        assertThat(fromYaml).hasToString(small().build().toString());
    }

    @Test
    void builder_takesEverySetting() {
        KqConf conf = KqConf.builder()
                .name("orders")
                .brokers("a:1, b:2", "[::1]:9092")
                .group("g")
                .topics("x", "y")
                .offset(StartOffset.FIRST)
                .conns(2)
                .consumers(3)
                .processors(4)
                .minBytes(1)
                .maxBytes(2)
                .maxWait(Duration.ofMillis(5))
                .forceCommit(false)
                .commitInOrder(true)
                .ordering(Ordering.NONE)
                .commitInterval(Duration.ZERO)
                .queueCapacity(6)
                .queueBytes(7)
                .drainTimeout(Duration.ofSeconds(8))
                .workers(WorkerKind.VIRTUAL)
                .rateLimit(9.5)
                .retry(new RetryConf(1, Duration.ZERO, Duration.ofSeconds(1), 1, 0))
                .nonRetryable(List.of("java.io.IOException"))
                .deadLetterTopic("dead")
                .deadLetterSpringHeaders(true)
                .handlerTimeout(Duration.ofSeconds(3))
                .stallAfter(Duration.ofSeconds(9))
                .batchSize(11)
                .batchWait(Duration.ofMillis(12))
                .groupProtocol(GroupProtocol.CONSUMER)
                .username("u")
                .password("p")
                .saslMechanism("scram-sha-512")
                .insecureSkipVerify(true)
                .property("client.rack", "r1")
                .build();

        assertThat(conf)
                .hasToString("KqConf{Brokers=[a:1, b:2, [::1]:9092], Username=u, Password=******,"
                        + " SaslMechanism=SCRAM-SHA-512, InsecureSkipVerify=true, Name=orders, Group=g, Offset=first,"
                        + " Conns=2, Consumers=3, Processors=4, MinBytes=1, MaxBytes=2, ForceCommit=false,"
                        + " CommitInOrder=true, Topics=[x, y], Ordering=none, CommitInterval=0s, QueueCapacity=6,"
                        + " QueueBytes=7, MaxWait=5ms, DrainTimeout=8s, Workers=virtual, RateLimit=9.5,"
                        + " Retry={MaxAttempts=1, Backoff=0s, MaxBackoff=1s, Multiplier=1, Jitter=0,"
                        + " NonRetryable=[java.io.IOException]},"
                        + " DeadLetter={Topic=dead, SpringHeaders=true}, HandlerTimeout=3s, StallAfter=9s, BatchSize=11, BatchWait=12ms,"
                        + " GroupProtocol=consumer, Properties={client.rack=r1}}");
        assertThat(conf.toBuilder().build()).hasToString(conf.toString());
    }

    @Test
    void builder_reportsAllProblemsAtOnceWithoutPlaces() {
        assertThatThrownBy(() -> KqConf.builder().conns(0).rateLimit(Double.NaN).build())
                .isInstanceOf(ConfException.class)
                .hasMessage("""
                        Brokers: is missing (allowed: host:port with a port from 1 to 65535, [::1]:9092 for IPv6)
                        Group: is missing (allowed: any text that is not blank)
                        Conns: out of range: 0 (allowed: 1 to 1024)
                        RateLimit: out of range: NaN (allowed: 0 to 1000000000)
                        Topic: is missing (allowed: exactly one of Topic, Topics and TopicPattern)""");
    }

    @Test
    void name_isTheTopicsOrThePatternUnlessWritten() {
        assertThat(small().topic(null).topics("a", "b").build().name()).isEqualTo("a,b");
        assertThat(small().topic(null).topicPattern("a.*").build().name()).isEqualTo("a.*");
        assertThat(small().build().toBuilder().topic("other").build().name()).isEqualTo("other");
        assertThat(small().name("n").build().toBuilder().topic("other").build().name())
                .isEqualTo("n");
    }

    @Test
    void emptyTexts_areAsIfNotSet() {
        KqConf conf = small().name("")
                .username("")
                .password("")
                .caFile("")
                .topicPattern("")
                .build();

        assertThat(conf.name()).isEqualTo("t");
        assertThat(conf.connection().sasl()).isFalse();
        assertThat(conf.connection().tls()).isFalse();
    }

    @Test
    void values_cannotBeChangedThroughCollections() {
        KqConf conf = small().build();

        assertThatThrownBy(() -> conf.topics().add("x")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> conf.brokers().add("x")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> conf.properties().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(conf.topics()).isEqualTo(List.of("t"));
    }

    @Test
    void drainTimeout_comesFromShutdownIfItIsNotWritten() {
        String base = "{Brokers: 'a:1', Group: g, Topic: t";
        assertThat(KqConf.parse(base + ", Shutdown: {WaitTime: 5.5s}}").drainTimeout())
                .isEqualTo(Duration.ofMillis(5500));
        assertThat(KqConf.parse(base + ", DrainTimeout: 1s, Shutdown: {WaitTime: 5.5s}}")
                        .drainTimeout())
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(KqConf.parse(base + ", Shutdown: {WaitTime: 0s}}").drainTimeout())
                .isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void retry_withOtherAttemptsOrWaits_keepsTheRest() {
        assertThat(RetryConf.DEFAULT.withMaxAttempts(7))
                .isEqualTo(new RetryConf(7, Duration.ofMillis(200), Duration.ofSeconds(30), 2.0, 0.2));
        assertThat(RetryConf.DEFAULT.withBackoff(Duration.ofSeconds(1), Duration.ofMinutes(1)))
                .isEqualTo(new RetryConf(3, Duration.ofSeconds(1), Duration.ofMinutes(1), 2.0, 0.2));
    }
}
