package dev.kq.conf;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The keys of go-zero's {@code ServiceConf}, which a kq section has on its own level. They are read and checked, so
 * that files of Go services load and typing errors are found; most have no effect in this version.
 */
public final class ServiceKeys {
    private ServiceKeys() {}

    /**
     * All keys.
     *
     * @param waitTime takes {@code Shutdown.WaitTime}
     */
    public static <B> List<Key<B>> all(BiConsumer<B, Duration> waitTime) {
        return List.of(
                ServiceKeys.<B>log().idle().says("Logging is the application's matter (SLF4J)."),
                ServiceKeys.<B>leaf("Mode", Kinds.oneOf("dev", "test", "rt", "pre", "pro"), "pro")
                        .idle()
                        .says("No effect on queues."),
                ServiceKeys.<B>leaf("MetricsUrl", Kinds.text(), "").idle().says("Where reports would be posted to."),
                ServiceKeys.<B>section(
                                "Prometheus",
                                List.of(
                                        leaf("Host", Kinds.text(), ""),
                                        leaf("Port", port(), "9101"),
                                        leaf("Path", Kinds.text(), "/metrics")))
                        .idle()
                        .says("Metrics are the application's Micrometer registry."),
                ServiceKeys.<B>telemetry().idle().says("Tracing."),
                ServiceKeys.<B>devServer().idle().says("Health and metrics over HTTP."),
                shutdown(waitTime).says("How the service stops."),
                ServiceKeys.<B>profiling().idle().says("Continuous profiling."));
    }

    private static <B> Key<B> log() {
        return section(
                "Log",
                List.of(
                        leaf("ServiceName", Kinds.text(), ""),
                        leaf("Mode", Kinds.oneOf("console", "file", "volume"), "console"),
                        leaf("Encoding", Kinds.oneOf("json", "plain"), "json"),
                        leaf("TimeFormat", Kinds.text(), ""),
                        leaf("Path", Kinds.text(), "logs"),
                        leaf("Level", Kinds.oneOf("debug", "info", "error", "severe"), "info"),
                        leaf("MaxContentLength", count(), "0"),
                        leaf("Compress", Kinds.BOOL, "false"),
                        leaf("Stat", Kinds.BOOL, "true"),
                        leaf("KeepDays", count(), "0"),
                        leaf("StackCooldownMillis", count(), "100"),
                        leaf("MaxBackups", count(), "0"),
                        leaf("MaxSize", count(), "0"),
                        leaf("Rotation", Kinds.oneOf("daily", "size"), "daily"),
                        leaf("FileTimeFormat", Kinds.text(), ""),
                        section(
                                "FieldKeys",
                                List.of(
                                        leaf("CallerKey", Kinds.text(), "caller"),
                                        leaf("ContentKey", Kinds.text(), "content"),
                                        leaf("DurationKey", Kinds.text(), "duration"),
                                        leaf("LevelKey", Kinds.text(), "level"),
                                        leaf("SpanKey", Kinds.text(), "span"),
                                        leaf("TimestampKey", Kinds.text(), "@timestamp"),
                                        leaf("TraceKey", Kinds.text(), "trace"),
                                        leaf("TruncatedKey", Kinds.text(), "truncated")))));
    }

    private static <B> Key<B> telemetry() {
        return section(
                "Telemetry",
                List.of(
                        leaf("Name", Kinds.text(), ""),
                        leaf("Endpoint", Kinds.text(), ""),
                        leaf("Sampler", Kinds.number(0, 1), "1"),
                        // jaeger is gone from go-zero, but many files still have it.
                        leaf("Batcher", Kinds.oneOf("otlpgrpc", "otlphttp", "zipkin", "file", "jaeger"), "otlpgrpc"),
                        leaf("OtlpHeaders", new Settings(), ""),
                        leaf("OtlpHttpPath", Kinds.text(), ""),
                        leaf("OtlpHttpSecure", Kinds.BOOL, "false"),
                        leaf("Disabled", Kinds.BOOL, "false")));
    }

    private static <B> Key<B> devServer() {
        return section(
                "DevServer",
                List.of(
                        leaf("Enabled", Kinds.BOOL, "true"),
                        leaf("Host", Kinds.text(), ""),
                        leaf("Port", port(), "6060"),
                        leaf("MetricsPath", Kinds.text(), "/metrics"),
                        leaf("HealthPath", Kinds.text(), "/healthz"),
                        leaf("EnableMetrics", Kinds.BOOL, "true"),
                        leaf("EnablePprof", Kinds.BOOL, "true"),
                        leaf("HealthResponse", Kinds.text(), "OK")));
    }

    private static <B> Key<B> shutdown(BiConsumer<B, Duration> waitTime) {
        return section(
                "Shutdown",
                List.of(
                        ServiceKeys.<B>leaf("WrapUpTime", span(), "1s").idle(),
                        Key.<B, Duration>of("WaitTime", span(), null, waitTime)
                                .ofKq()
                                .standard("5.5s")
                                .says("What DrainTimeout is if that is not written; zero or less = not written.")));
    }

    private static <B> Key<B> profiling() {
        return section(
                "Profiling",
                List.of(
                        leaf("Name", Kinds.text(), ""),
                        leaf("ServerAddr", Kinds.text(), ""),
                        leaf("AuthUser", Kinds.text(), ""),
                        leaf("AuthPassword", Kinds.secret(), ""),
                        leaf("UploadRate", span(), "15s"),
                        leaf("CheckInterval", span(), "10s"),
                        leaf("ProfilingDuration", span(), "2m"),
                        leaf("CpuThreshold", Kinds.integer(0, 999), "700"),
                        section(
                                "ProfileType",
                                List.of(
                                        leaf("Logger", Kinds.BOOL, "false"),
                                        leaf("CPU", Kinds.BOOL, "true"),
                                        leaf("Goroutines", Kinds.BOOL, "true"),
                                        leaf("Memory", Kinds.BOOL, "true"),
                                        leaf("Mutex", Kinds.BOOL, "false"),
                                        leaf("Block", Kinds.BOOL, "false")))));
    }

    private static Kind<Integer> port() {
        return Kinds.integer(1, 65535);
    }

    private static Kind<Integer> count() {
        return Kinds.integer(0, Integer.MAX_VALUE);
    }

    private static Kind<Duration> span() {
        return Kinds.duration(Durations.LONGEST.negated(), Durations.LONGEST);
    }

    private static <B> Key<B> section(String name, List<Key<B>> keys) {
        return Key.section(name, keys).ofKq();
    }

    private static <B> Key<B> leaf(String name, Kind<?> kind, String standard) {
        return Key.<B>checked(name, kind).ofKq().standard(standard);
    }
}
