package dev.kq.conf;

import dev.kq.conf.ServiceConf.Draft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The keys of go-zero's {@code ServiceConf} with their defaults: the one table that loading, checking, {@code toString}
 * and the documentation follow.
 */
final class ServiceConfKeys {
    /** What holds without a key, by key path. */
    static final Map<String, Object> DEFAULTS = new HashMap<>();

    private static final String SET_UP = "ServiceConf.setUp()";
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final int ANY = Integer.MAX_VALUE;

    static final Section<Draft, ServiceConf> SECTION = Section.of(Draft::new, ServiceConf::new)
            .keys(List.of(
                    text("Name", "").says("What the service is called."),
                    section("Log", log()).effectBy(SET_UP).says("How to log, for ServiceConf.setUp() with Logback."),
                    choice("Mode", ServiceConf.Mode.PRO).idle().says("Where the service runs."),
                    text("MetricsUrl", "")
                            .says("Where each minute's statistics are posted to as JSON, as go-zero does."),
                    section("Prometheus", prometheus())
                            .says("Where a DevServer that was given metrics serves them alone; off without a Host."),
                    section("Telemetry", telemetry()).idle().says("Tracing."),
                    section("DevServer", devServer())
                            .whenWritten(draft -> draft.put("DevServer", true))
                            .effectBy("DevServer")
                            .says(
                                    "Health, metrics and a page over HTTP, for the class DevServer; off unless the section"
                                            + " is written."),
                    section("Shutdown", shutdown()).says("How the service stops."),
                    section("Profiling", profiling()).idle().says("Continuous profiling.")));

    private ServiceConfKeys() {}

    private static List<Key<Draft>> log() {
        List<Key<Draft>> keys = new ArrayList<>(List.of(
                text("Log.ServiceName", "").says("The service in the path of volume; Name if it is not written."),
                choice("Log.Mode", ServiceConf.LogMode.CONSOLE)
                        .says("file: access.log in Path; volume: in a folder for service and host inside of it."),
                choice("Log.Encoding", ServiceConf.LogEncoding.JSON),
                text("Log.TimeFormat", "").says("A layout of Go's; 2006-01-02T15:04:05.000Z07:00 if not written."),
                text("Log.Path", "logs"),
                choice("Log.Level", ServiceConf.LogLevel.INFO).says("severe is the same as error."),
                integer("Log.MaxContentLength", 0, ANY, 0).says("Characters of a message; 0 = all."),
                bool("Log.Compress", false),
                bool("Log.Stat", true).says("One line of statistics each minute, while messages are handled."),
                integer("Log.KeepDays", 0, ANY, 0).says("0 = for ever."),
                integer("Log.StackCooldownMillis", 0, ANY, 100).idle(),
                integer("Log.MaxBackups", 0, ANY, 0).says("With Rotation size; 0 = all."),
                integer("Log.MaxSize", 0, ANY, 0).says("MiB, with Rotation size; 0 = any number."),
                choice("Log.Rotation", ServiceConf.LogRotation.DAILY),
                text("Log.FileTimeFormat", "").idle()));
        keys.add(section(
                "Log.FieldKeys",
                List.of(
                        text("Log.FieldKeys.CallerKey", "caller").says("Holds the logger's name."),
                        text("Log.FieldKeys.ContentKey", "content"),
                        text("Log.FieldKeys.DurationKey", "duration"),
                        text("Log.FieldKeys.LevelKey", "level"),
                        text("Log.FieldKeys.SpanKey", "span"),
                        text("Log.FieldKeys.TimestampKey", "@timestamp"),
                        text("Log.FieldKeys.TraceKey", "trace"),
                        text("Log.FieldKeys.TruncatedKey", "truncated"))));
        return keys;
    }

    private static List<Key<Draft>> prometheus() {
        return List.of(
                text("Prometheus.Host", ""),
                integer("Prometheus.Port", 1, 65535, 9101),
                text("Prometheus.Path", "/metrics"));
    }

    private static List<Key<Draft>> telemetry() {
        DEFAULTS.put("Telemetry.Sampler", 1.0);
        DEFAULTS.put("Telemetry.OtlpHeaders", Map.of());
        return List.of(
                text("Telemetry.Name", ""),
                text("Telemetry.Endpoint", ""),
                Key.<Draft>number(
                                "Sampler",
                                0,
                                1,
                                draft -> draft.written("Telemetry.Sampler"),
                                (draft, value) -> draft.put("Telemetry.Sampler", value))
                        .ofKq()
                        .standard("1"),
                choice("Telemetry.Batcher", ServiceConf.Batcher.OTLPGRPC),
                // Never shown: a header may hold a token under any name.
                Key.<Draft>settings(
                                "OtlpHeaders",
                                draft -> null,
                                (draft, value) -> draft.put("Telemetry.OtlpHeaders", value))
                        .ofKq(),
                text("Telemetry.OtlpHttpPath", ""),
                bool("Telemetry.OtlpHttpSecure", false),
                bool("Telemetry.Disabled", false));
    }

    private static List<Key<Draft>> devServer() {
        DEFAULTS.put("DevServer.Token", "");
        return List.of(
                bool("DevServer.Enabled", true),
                text("DevServer.Host", "").says("The address to listen on; loopback if it is not written."),
                integer("DevServer.Port", 0, 65535, 6060).says("0 = one that is free."),
                text("DevServer.MetricsPath", "/metrics"),
                text("DevServer.HealthPath", "/healthz"),
                bool("DevServer.EnableMetrics", true),
                bool("DevServer.EnablePprof", true).says("The stack traces of all threads at /debug/threads."),
                text("DevServer.HealthResponse", "OK").says("The status in the JSON of a health that is good."),
                Key.<Draft>secret(
                                "Token",
                                draft -> draft.written("DevServer.Token"),
                                (draft, value) -> draft.put("DevServer.Token", value))
                        .says("Who has it may pause, resume and set processors; nobody if it is not written."));
    }

    private static List<Key<Draft>> shutdown() {
        return List.of(
                duration("Shutdown.WrapUpTime", "1s", Duration.ofSeconds(1)).idle(),
                duration("Shutdown.WaitTime", "5.5s", Duration.ofMillis(5_500))
                        .says("How long the stop of a ServiceGroup may take, and what DrainTimeout is if that is not"
                                + " written; zero or less = not written."));
    }

    private static List<Key<Draft>> profiling() {
        DEFAULTS.put("Profiling.AuthPassword", "");
        return List.of(
                text("Profiling.Name", ""),
                text("Profiling.ServerAddr", ""),
                text("Profiling.AuthUser", ""),
                Key.<Draft>secret(
                                "AuthPassword",
                                draft -> draft.written("Profiling.AuthPassword"),
                                (draft, value) -> draft.put("Profiling.AuthPassword", value))
                        .ofKq(),
                duration("Profiling.UploadRate", "15s", Duration.ofSeconds(15)),
                duration("Profiling.CheckInterval", "10s", Duration.ofSeconds(10)),
                duration("Profiling.ProfilingDuration", "2m", Duration.ofMinutes(2)),
                integer("Profiling.CpuThreshold", 0, 999, 700),
                section(
                        "Profiling.ProfileType",
                        List.of(
                                bool("Profiling.ProfileType.Logger", false),
                                bool("Profiling.ProfileType.CPU", true),
                                bool("Profiling.ProfileType.Goroutines", true),
                                bool("Profiling.ProfileType.Memory", true),
                                bool("Profiling.ProfileType.Mutex", false),
                                bool("Profiling.ProfileType.Block", false))));
    }

    private static Key<Draft> text(String path, String standard) {
        DEFAULTS.put(path, standard);
        return Key.<Draft>text(name(path), draft -> draft.written(path), (draft, value) -> draft.put(path, value))
                .ofKq()
                .standard(standard);
    }

    private static Key<Draft> integer(String path, int min, int max, int standard) {
        DEFAULTS.put(path, standard);
        return Key.<Draft>integer(
                        name(path), min, max, draft -> draft.written(path), (draft, value) -> draft.put(path, value))
                .ofKq()
                .standard(String.valueOf(standard));
    }

    private static Key<Draft> bool(String path, boolean standard) {
        DEFAULTS.put(path, standard);
        return Key.<Draft>bool(name(path), draft -> draft.written(path), (draft, value) -> draft.put(path, value))
                .ofKq()
                .standard(String.valueOf(standard));
    }

    private static Key<Draft> duration(String path, String shown, Duration standard) {
        DEFAULTS.put(path, standard);
        return Key.<Draft>duration(
                        name(path),
                        LONGEST.negated(),
                        LONGEST,
                        draft -> draft.written(path),
                        (draft, value) -> draft.put(path, value))
                .ofKq()
                .standard(shown);
    }

    private static <E extends Enum<E>> Key<Draft> choice(String path, E standard) {
        DEFAULTS.put(path, standard);
        return Key.<Draft, E>choice(
                        name(path),
                        standard.getDeclaringClass(),
                        draft -> draft.written(path),
                        (draft, value) -> draft.put(path, value))
                .ofKq()
                .standard(standard.name().toLowerCase(Locale.ROOT));
    }

    private static Key<Draft> section(String path, List<Key<Draft>> keys) {
        return Key.section(name(path), keys).ofKq();
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
