package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.KqConf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceConfTest {
    private static final String QUEUE = "Brokers: a:1\nGroup: g\nTopic: t\n";

    @Test
    void defaults_areThoseOfGoZero() {
        ServiceConf conf = ServiceConf.parse("Name: mq");

        assertThat(conf.name()).isEqualTo("mq");
        assertThat(conf.mode()).isEqualTo(ServiceConf.Mode.PRO);
        assertThat(conf.metricsUrl()).isEmpty();
        assertThat(conf.log())
                .isEqualTo(new ServiceConf.Log(
                        "",
                        ServiceConf.LogMode.CONSOLE,
                        ServiceConf.LogEncoding.JSON,
                        "",
                        "logs",
                        ServiceConf.LogLevel.INFO,
                        0,
                        false,
                        true,
                        0,
                        100,
                        0,
                        0,
                        ServiceConf.LogRotation.DAILY,
                        "",
                        new ServiceConf.FieldKeys(
                                "caller", "content", "duration", "level", "span", "@timestamp", "trace", "truncated")));
        assertThat(conf.prometheus()).isEqualTo(new ServiceConf.Prometheus("", 9101, "/metrics"));
        assertThat(conf.telemetry())
                .isEqualTo(
                        new ServiceConf.Telemetry("", "", 1, ServiceConf.Batcher.OTLPGRPC, Map.of(), "", false, false));
        assertThat(conf.devServer())
                .isEqualTo(new ServiceConf.DevServer(false, "", 6060, "/metrics", "/healthz", true, true, "OK", ""));
        assertThat(conf.shutdown()).isEqualTo(new ServiceConf.Shutdown(Duration.ofSeconds(1), Duration.ofMillis(5500)));
        assertThat(conf.profiling())
                .isEqualTo(new ServiceConf.Profiling(
                        "",
                        "",
                        "",
                        "",
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(2),
                        700,
                        new ServiceConf.ProfileType(false, true, true, true, false, false)));
    }

    @Test
    void everyKey_reachesItsValue() {
        ServiceConf conf = ServiceConf.parse("""
                Name: n
                Log:
                  ServiceName: s
                  Mode: volume
                  Encoding: plain
                  TimeFormat: "15:04"
                  Path: p
                  Level: severe
                  MaxContentLength: 1
                  Compress: true
                  Stat: false
                  KeepDays: 2
                  StackCooldownMillis: 3
                  MaxBackups: 4
                  MaxSize: 5
                  Rotation: size
                  FileTimeFormat: f
                  FieldKeys: {CallerKey: 1, ContentKey: 2, DurationKey: 3, LevelKey: 4, SpanKey: 5, TimestampKey: 6,
                    TraceKey: 7, TruncatedKey: 8}
                Mode: rt
                MetricsUrl: http://m
                Prometheus: {Host: h, Port: 1, Path: /p}
                Telemetry: {Name: n, Endpoint: e, Sampler: 0.5, Batcher: jaeger, OtlpHeaders: {a: hunter2}, OtlpHttpPath: /o,
                  OtlpHttpSecure: true, Disabled: true}
                DevServer: {Enabled: true, Host: h, Port: 2, MetricsPath: /m, HealthPath: /h, EnableMetrics: false,
                  EnablePprof: false, HealthResponse: fine, Token: hunter2}
                Shutdown: {WrapUpTime: 2s, WaitTime: 20s}
                Profiling: {Name: n, ServerAddr: s, AuthUser: u, AuthPassword: hunter2, UploadRate: 1s, CheckInterval: 2s,
                  ProfilingDuration: 3s, CpuThreshold: 4, ProfileType: {Logger: true, CPU: false, Goroutines: false,
                  Memory: false, Mutex: true, Block: true}}
                """);

        assertThat(conf.log())
                .isEqualTo(new ServiceConf.Log(
                        "s",
                        ServiceConf.LogMode.VOLUME,
                        ServiceConf.LogEncoding.PLAIN,
                        "15:04",
                        "p",
                        ServiceConf.LogLevel.SEVERE,
                        1,
                        true,
                        false,
                        2,
                        3,
                        4,
                        5,
                        ServiceConf.LogRotation.SIZE,
                        "f",
                        new ServiceConf.FieldKeys("1", "2", "3", "4", "5", "6", "7", "8")));
        assertThat(conf.mode()).isEqualTo(ServiceConf.Mode.RT);
        assertThat(conf.metricsUrl()).isEqualTo("http://m");
        assertThat(conf.prometheus()).isEqualTo(new ServiceConf.Prometheus("h", 1, "/p"));
        assertThat(conf.telemetry())
                .isEqualTo(new ServiceConf.Telemetry(
                        "n", "e", 0.5, ServiceConf.Batcher.JAEGER, Map.of("a", "hunter2"), "/o", true, true));
        assertThat(conf.devServer())
                .isEqualTo(new ServiceConf.DevServer(true, "h", 2, "/m", "/h", false, false, "fine", "hunter2"));
        assertThat(conf.shutdown()).isEqualTo(new ServiceConf.Shutdown(Duration.ofSeconds(2), Duration.ofSeconds(20)));
        assertThat(conf.profiling())
                .isEqualTo(new ServiceConf.Profiling(
                        "n",
                        "s",
                        "u",
                        "hunter2",
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        4,
                        new ServiceConf.ProfileType(true, false, false, false, true, true)));
        assertThat(conf + " " + conf.profiling() + conf.telemetry() + conf.devServer())
                .contains("Port=2", "serverAddr=s")
                .doesNotContain("hunter2");
    }

    @Test
    void devServer_isOn_onlyIfItsSectionIsWritten() {
        assertThat(ServiceConf.parse("Mode: dev").devServer().enabled()).isFalse();
        assertThat(ServiceConf.parse("DevServer: {}").devServer().enabled()).isTrue();
        assertThat(ServiceConf.parse("DevServer: {Port: 7000}").devServer().enabled())
                .isTrue();
        assertThat(ServiceConf.parse("DevServer: {Enabled: false}").devServer().enabled())
                .isFalse();
        assertThat(KqConf.parse(QUEUE + "DevServer: {}").service().devServer().enabled())
                .isTrue();
    }

    @Test
    void shutdown_thatIsNotPositive_isAsIfNotWritten() {
        assertThat(ServiceConf.parse("Shutdown: {WaitTime: 0s, WrapUpTime: -1s}")
                        .shutdown())
                .isEqualTo(ServiceConf.DEFAULT.shutdown());
    }

    @Test
    void queue_hasItOnItsOwnLevel_andKeepsItInCopies() {
        KqConf conf = KqConf.parse(QUEUE + "Name: orders\nMode: test\nShutdown: {WaitTime: 9s}");

        assertThat(conf.service().name()).isEqualTo("orders");
        assertThat(conf.service().mode()).isEqualTo(ServiceConf.Mode.TEST);
        KqConf copy = conf.toBuilder().name("other").build();
        assertThat(copy.service().name()).isEqualTo("other");
        assertThat(copy.service().shutdown().waitTime()).isEqualTo(Duration.ofSeconds(9));
        assertThat(copy.drainTimeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(conf.toString()).contains("Mode=test", "WaitTime=9s").doesNotContain("Profiling");
        assertThat(KqConf.parse(QUEUE).service().name()).isEqualTo("t");
        KqConf coded = KqConf.builder()
                .brokers("a:1")
                .group("g")
                .topic("t")
                .service(ServiceConf.parse("Name: x\nDevServer: {}\nShutdown: {WaitTime: 9s}"))
                .build();
        assertThat(coded.service().name()).isEqualTo("t");
        assertThat(coded.service().devServer().enabled()).isTrue();
        assertThat(coded.drainTimeout()).isEqualTo(Duration.ofSeconds(9));
    }

    record App(ServiceConf service, KqConf orders, @Nullable String mode) {}

    @Test
    void component_ofTheOutermostRecord_takesItsKeysFromTheTop(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("app.yaml"), """
                Name: order-mq
                Mode: dev
                Shutdown: {WaitTime: 20s}
                Orders: {Brokers: 'a:1', Group: g, Topic: t}
                """);

        App app = ConfLoader.load(file, App.class);

        assertThat(app.service().name()).isEqualTo("order-mq");
        assertThat(app.service().shutdown().waitTime()).isEqualTo(Duration.ofSeconds(20));
        assertThat(app.mode()).as("the record's own component goes first").isEqualTo("dev");
        assertThat(app.service().mode()).isEqualTo(ServiceConf.Mode.PRO);
        assertThatThrownBy(() -> ConfLoader.parse(
                        "Service: {Mode: dev}\nOrders: {Brokers: 'a:1', Group: g, Topic: t}", App.class))
                .isInstanceOf(ConfException.class)
                .hasMessageContaining("Service: unknown key");
    }

    @Test
    void file_canHaveItAlone_andIsCheckedAsEveryOther(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("service.yaml"), "Log: {Level: warn}\nDevSrver: {}\n");

        assertThatThrownBy(() -> ServiceConf.load(file))
                .isInstanceOf(ConfException.class)
                .hasMessage(file + ":1: Log.Level: not one of the choices: warn (allowed: debug, info, error, severe)\n"
                        + file + ":2: DevSrver: unknown key (did you mean DevServer?)");
    }
}
