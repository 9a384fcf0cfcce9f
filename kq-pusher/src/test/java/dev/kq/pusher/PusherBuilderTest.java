package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.conf.ConfException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.junit.jupiter.api.Test;

class PusherBuilderTest {
    private final PusherBuilder builder = Pusher.builder(List.of("a:1", "b:2"), "t");

    private Map<String, Object> properties() {
        return ProducerProperties.of(builder.settings(), "client");
    }

    @Test
    void defaults_areSafe() {
        assertThat(properties())
                .containsEntry("bootstrap.servers", "a:1,b:2")
                .containsEntry("client.id", "client")
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("max.in.flight.requests.per.connection", 5)
                .containsEntry("delivery.timeout.ms", 120_000)
                .containsEntry("request.timeout.ms", 30_000)
                .containsEntry("max.block.ms", 60_000L)
                .containsEntry("buffer.memory", 33_554_432L)
                .doesNotContainKeys("partitioner.class", "transactional.id");
    }

    @Test
    void everyOption_reachesItsKafkaKey() {
        builder.chunkSize(1000)
                .flushInterval(Duration.ofMillis(7))
                .compression("LZ4")
                .maxBlock(Duration.ofSeconds(1))
                .deliveryTimeout(Duration.ofSeconds(45))
                .bufferBytes(2000)
                .balancer(RoundRobinPartitioner.class);

        assertThat(properties())
                .containsEntry("batch.size", 1000)
                .containsEntry("linger.ms", 7L)
                .containsEntry("compression.type", "lz4")
                .containsEntry("max.block.ms", 1000L)
                .containsEntry("delivery.timeout.ms", 45_000)
                .containsEntry("buffer.memory", 2000L)
                .containsEntry("partitioner.class", RoundRobinPartitioner.class);
    }

    @Test
    void deliveryTimeout_shorterThanARequestShortensTheRequest() {
        builder.deliveryTimeout(Duration.ofSeconds(2)).flushInterval(Duration.ofMillis(100));

        assertThat(properties()).containsEntry("request.timeout.ms", 1900);
    }

    @Test
    void property_hasTheLastWord() {
        builder.chunkSize(1000).property("batch.size", 2000).properties(Map.of("client.rack", "r1"));

        assertThat(properties()).containsEntry("batch.size", 2000).containsEntry("client.rack", "r1");
    }

    @Test
    void property_thatBreaksAPromiseIsRefusedWithTheReason() {
        assertRefused("acks", "1", "every in-sync replica");
        assertRefused("acks", 0, "every in-sync replica");
        assertRefused("enable.idempotence", false, "must not be written twice");
        assertRefused("max.in.flight.requests.per.connection", 6, "5");
        assertRefused("retries", 0, "deliveryTimeout");
        assertRefused("key.serializer", "x", "bytes");
        assertRefused("value.serializer", "x", "bytes");
        assertRefused("bootstrap.servers", "x:1", "brokers");
        assertRefused("transactional.id", "x", "transactionalId");
        builder.property("acks", "all").property("acks", -1).property("enable.idempotence", "true");
        assertThat(properties()).containsEntry("acks", "all");
    }

    private void assertRefused(String key, Object value, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.property(key, value))
                .withMessageContaining(key)
                .withMessageContaining(reason);
    }

    @Test
    void badValues_areRefusedAtTheCall() {
        assertThatThrownBy(() -> Pusher.builder(List.of(), "t")).isInstanceOf(ConfException.class);
        assertThatThrownBy(() -> Pusher.builder(List.of("no-port"), "t"))
                .isInstanceOf(ConfException.class)
                .hasMessageContaining("no-port");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pusher.builder(List.of("a:1"), "no topic"))
                .withMessageContaining("no topic");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.balancer("nobody"))
                .withMessageContaining("nobody")
                .withMessageContaining("roundRobin");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.balancer("java.lang.String"))
                .withMessageContaining("not a Partitioner");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.chunkSize(0))
                .withMessageContaining("0");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.flushInterval(Duration.ofMillis(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.deliveryTimeout(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.compression("rar"))
                .withMessageContaining("rar")
                .withMessageContaining("zstd");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.bufferBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.allowAutoTopicCreation(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.allowAutoTopicCreation(1, 0));
    }

    @Test
    void valuesThatDoNotFitTogether_areRefusedWhenBuilt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pusher.builder(List.of("a:1"), "t")
                        .chunkSize(2000)
                        .bufferBytes(1000)
                        .settings())
                .withMessageContaining("chunkSize");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pusher.builder(List.of("a:1"), "t")
                        .deliveryTimeout(Duration.ofMillis(5))
                        .settings())
                .withMessageContaining("flushInterval");
    }
}
