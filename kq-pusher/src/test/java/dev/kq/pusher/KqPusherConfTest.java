package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KqPusherConfTest {
    private static final String SMALLEST = "{Brokers: [a:1], Topic: t}";

    private static Map<String, Object> properties(KqPusherConf conf) {
        return ProducerProperties.of(Pusher.builder(conf).settings(), "client");
    }

    @Test
    void load_sectionOfAnApplicationsFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("app.yaml"), """
                Name: mq
                Host: 0.0.0.0
                KqPusherConf:
                  Brokers:
                  - 127.0.0.1:19092
                  - 127.0.0.1:19093
                  Topic: payment-success
                """);

        KqPusherConf conf = KqPusherConf.load(file, "KqPusherConf");

        assertThat(conf.topic()).isEqualTo("payment-success");
        assertThat(conf.connection().brokers()).containsExactly("127.0.0.1:19092", "127.0.0.1:19093");
    }

    @Test
    void defaults_areThoseOfTheBuilder() {
        Map<String, Object> fromFile = properties(ConfLoader.parse(SMALLEST, KqPusherConf.class));

        assertThat(fromFile)
                .isEqualTo(ProducerProperties.of(
                        Pusher.builder(List.of("a:1"), "t").settings(), "client"));
    }

    @Test
    void everyKey_reachesItsKafkaKey() {
        KqPusherConf conf = ConfLoader.parse("""
                Brokers: a:1,b:2
                Topic: t
                Username: ann
                Password: secret-word
                ChunkSize: 128KiB
                FlushInterval: 20ms
                Acks: all
                Compression: zstd
                SyncPush: true
                MaxBlock: 1m30s
                DeliveryTimeout: 40s
                BufferBytes: 64MiB
                Balancer: roundRobin
                TransactionalId: tx-1
                Properties:
                  client.rack: r1
                """, KqPusherConf.class);

        assertThat(properties(conf))
                .containsEntry("bootstrap.servers", "a:1,b:2")
                .containsEntry("security.protocol", "SASL_PLAINTEXT")
                .containsEntry("batch.size", 131072)
                .containsEntry("linger.ms", 20L)
                .containsEntry("acks", "all")
                .containsEntry("compression.type", "zstd")
                .containsEntry("max.block.ms", 90_000L)
                .containsEntry("delivery.timeout.ms", 40_000)
                .containsEntry("buffer.memory", 67_108_864L)
                .containsEntry("partitioner.class", RoundRobinPartitioner.class)
                .containsEntry("transactional.id", "tx-1")
                .containsEntry("client.rack", "r1");
        assertThat(Pusher.builder(conf).settings().syncPush()).isTrue();
        assertThat(conf.toString()).contains("ChunkSize").doesNotContain("secret-word");
    }

    @Test
    void mistakes_areReportedTogetherWithTheirLines() {
        assertThatThrownBy(() -> ConfLoader.parse("""
                        Brokers: [a:1]
                        Topic: no topic
                        Chunksise: 1
                        Acks: 1
                        ChunkSize: 2MiB
                        BufferBytes: 1MiB
                        Balancer: nobody
                        Properties:
                          enable.idempotence: false
                        """, KqPusherConf.class))
                .isInstanceOf(ConfException.class)
                .hasMessageContaining("2: Topic")
                .hasMessageContaining("ChunkSize")
                .hasMessageContaining("4: Acks")
                .hasMessageContaining("6: BufferBytes")
                .hasMessageContaining("7: Balancer")
                .hasMessageContaining("9: Properties.enable.idempotence: a retried push must not be written twice");
    }
}
