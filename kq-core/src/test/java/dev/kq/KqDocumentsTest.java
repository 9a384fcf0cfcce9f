package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of kq's own documents and of services that use it load as they are. */
class KqDocumentsTest {
    private static final String CONSUMER = """
            Name: kq
            Brokers:
            - 127.0.0.1:19092
            - 127.0.0.1:19093
            Group: foo
            Topic: test
            Offset: first
            Consumers: 1
            """;

    private static final String SERVICE = """
            Name: mq
            Host: 0.0.0.0
            Port: 8888

            KqPusherConf:
              Brokers:
                - 127.0.0.1:9092
              Topic: payment-success

            KqConsumerConf:
              Name: kqConsumer
              Brokers:
                - 127.0.0.1:9092
              Group: kafka
              Topic: payment-success
              Offset: first
              Consumers: 8
              Processors: 8
            """;

    private static final String LOOKLOOK = """
            Name: order-mq
            Host: 0.0.0.0
            Port: 3001
            Mode: dev

            #监控
            Prometheus:
              Host: 0.0.0.0
              Port: 4011
              Path: /metrics

            #链路追踪
            Telemetry:
              Name: order-mq
              Endpoint: http://jaeger:14268/api/traces
              Sampler: 1.0
              Batcher: jaeger

            Log:
              ServiceName: order-mq
              Level: error

            Redis:
              Host: redis:6379
              Type: node
              Pass: G62m50oigInC30sf

            #kq
            PaymentUpdateStatusConf:
              Name: PaymentUpdateStatus
              Brokers:
                - kafka:9092
              Group: payment-update-paystatus-group
              Topic: payment-update-paystatus-topic
              Offset: first
              Consumers: 1
              Processors: 1

            #rpc
            OrderRpcConf:
              Endpoints:
                - 127.0.0.1:2001
              NonBlock: true
            """;

    /** All of what kq's and go-zero's structs have. */
    private static final String EVERYTHING = """
            name: all
            BROKERS: [a:1]
            group: g
            topic: t
            cafile: ""
            offset: last
            conns: 1
            consumers: 8
            processors: 8
            minbytes: 10240
            maxbytes: 10485760
            username: ""
            password: ""
            forcecommit: true
            commitinorder: false
            Log:
              ServiceName: s
              Mode: file
              Encoding: plain
              TimeFormat: 2006-01-02T15:04:05.000Z07:00
              Path: logs
              Level: severe
              MaxContentLength: 100
              Compress: true
              Stat: false
              KeepDays: 7
              StackCooldownMillis: 100
              MaxBackups: 1
              MaxSize: 10
              Rotation: size
              FileTimeFormat: ""
              FieldKeys: {CallerKey: c, ContentKey: c, DurationKey: d, LevelKey: l, SpanKey: s, TimestampKey: t,
                TraceKey: t, TruncatedKey: t}
            Mode: pre
            MetricsUrl: http://localhost/x
            Prometheus: {Host: h, Port: 9101, Path: /metrics}
            Telemetry: {Name: n, Endpoint: e, Sampler: 0.5, Batcher: otlphttp, OtlpHeaders: {a: b}, OtlpHttpPath: /p,
              OtlpHttpSecure: true, Disabled: true}
            DevServer: {Enabled: true, Host: h, Port: 6060, MetricsPath: /m, HealthPath: /h, EnableMetrics: true,
              EnablePprof: true, HealthResponse: OK, Token: t}
            Shutdown: {WrapUpTime: 1s, WaitTime: 5.5s}
            Profiling: {Name: n, ServerAddr: a, AuthUser: u, AuthPassword: p, UploadRate: 15s, CheckInterval: 10s,
              ProfilingDuration: 2m, CpuThreshold: 700, ProfileType: {Logger: true, CPU: true, Goroutines: true,
              Memory: true, Mutex: true, Block: true}}
            """;

    @Test
    void consumerDocument_loadsAsItIs(@TempDir Path dir) throws IOException {
        KqConf conf = KqConf.load(Files.writeString(dir.resolve("kq.yaml"), CONSUMER));

        assertThat(conf.name()).isEqualTo("kq");
        assertThat(conf.brokers()).containsExactly("127.0.0.1:19092", "127.0.0.1:19093");
        assertThat(conf.group()).isEqualTo("foo");
        assertThat(conf.topics()).containsExactly("test");
        assertThat(conf.offset()).isEqualTo(StartOffset.FIRST);
        assertThat(conf.consumers()).isEqualTo(1);
        assertThat(conf.processors()).isEqualTo(8);
    }

    @Test
    void sectionOfAService_loadsWithoutTheRest(@TempDir Path dir) throws IOException {
        KqConf conf = KqConf.load(Files.writeString(dir.resolve("mq.yaml"), SERVICE), "kqconsumerconf");

        assertThat(conf.name()).isEqualTo("kqConsumer");
        assertThat(conf.group()).isEqualTo("kafka");
        assertThat(conf.topics()).containsExactly("payment-success");
    }

    @Test
    void looklookShape_loadsItsSection(@TempDir Path dir) throws IOException {
        KqConf conf = KqConf.load(Files.writeString(dir.resolve("order.yaml"), LOOKLOOK), "PaymentUpdateStatusConf");

        assertThat(conf.processors()).isEqualTo(1);
        assertThat(conf.brokers()).containsExactly("kafka:9092");
    }

    @Test
    void everyKeyOfKqAndGoZero_isKnown() {
        KqConf conf = KqConf.parse(EVERYTHING);

        assertThat(conf.connection().tls()).isFalse();
        assertThat(conf.drainTimeout()).isEqualTo(Duration.ofMillis(5500));
    }

    @Test
    void wholeFileOfAService_namesTheSectionThatIsMeant(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("mq.yaml"), SERVICE);

        assertThatThrownBy(() -> KqConf.load(file))
                .isInstanceOf(ConfException.class)
                .hasMessage(file + ":1: no Brokers at the top level (did you mean section KqConsumerConf?)");
    }

    @Test
    void missingSection_namesTheSectionsThatAreThere(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("mq.yaml"), SERVICE);

        assertThatThrownBy(() -> KqConf.load(file, "KqConsumer"))
                .isInstanceOf(ConfException.class)
                .hasMessage(file + ":1: no section KqConsumer (the file has KqPusherConf, KqConsumerConf; did you mean"
                        + " KqConsumerConf?)");
    }

    @Test
    void problemInASection_hasTheSectionInItsPath(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("mq.yaml"), SERVICE.replace("Group: kafka", "Grup: kafka"));

        assertThatThrownBy(() -> KqConf.load(file, "kqConsumerConf"))
                .isInstanceOf(ConfException.class)
                .hasMessage(file + ":10: KqConsumerConf.Group: is missing (allowed: any text that is not blank)\n"
                        + file + ":14: KqConsumerConf.Grup: unknown key (did you mean Group?)");
    }

    @Test
    void sectionsInsideOfSections_areReachedWithDots() {
        KqConf conf = ConfLoader.parse("Kafka:\n  Orders: {Brokers: 'a:1', Group: g, Topic: t}\n", Nested.class)
                .kafka()
                .orders();

        assertThat(conf.group()).isEqualTo("g");
    }

    record Nested(Kafka kafka) {
        record Kafka(KqConf orders) {}
    }
}
