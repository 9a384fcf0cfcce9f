package dev.kq.conf;

import dev.kq.errors.KqException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What a service has around its queues: logging, metrics, tracing, the server for developers, the stop. The keys and
 * defaults of go-zero's {@code ServiceConf}; a kq section has them on its own level ({@link dev.kq.KqConf#service()}),
 * and a file can have them alone. Immutable and safe for any thread. Nothing happens by loading it.
 */
public final class ServiceConf {
    /** Nothing written, everything as in go-zero. */
    public static final ServiceConf DEFAULT = new ServiceConf(new Draft());

    private final Draft draft;
    private final Log log;
    private final Prometheus prometheus;
    private final Telemetry telemetry;
    private final DevServer devServer;
    private final Shutdown shutdown;
    private final Profiling profiling;

    ServiceConf(Draft written) {
        draft = new Draft(written);
        log = new Log(
                draft.get("Log.ServiceName"),
                draft.get("Log.Mode"),
                draft.get("Log.Encoding"),
                draft.get("Log.TimeFormat"),
                draft.get("Log.Path"),
                draft.get("Log.Level"),
                draft.get("Log.MaxContentLength"),
                draft.get("Log.Compress"),
                draft.get("Log.Stat"),
                draft.get("Log.KeepDays"),
                draft.get("Log.StackCooldownMillis"),
                draft.get("Log.MaxBackups"),
                draft.get("Log.MaxSize"),
                draft.get("Log.Rotation"),
                draft.get("Log.FileTimeFormat"),
                new FieldKeys(
                        draft.get("Log.FieldKeys.CallerKey"),
                        draft.get("Log.FieldKeys.ContentKey"),
                        draft.get("Log.FieldKeys.DurationKey"),
                        draft.get("Log.FieldKeys.LevelKey"),
                        draft.get("Log.FieldKeys.SpanKey"),
                        draft.get("Log.FieldKeys.TimestampKey"),
                        draft.get("Log.FieldKeys.TraceKey"),
                        draft.get("Log.FieldKeys.TruncatedKey")));
        prometheus = new Prometheus(
                draft.get("Prometheus.Host"), draft.get("Prometheus.Port"), draft.get("Prometheus.Path"));
        telemetry = new Telemetry(
                draft.get("Telemetry.Name"),
                draft.get("Telemetry.Endpoint"),
                draft.get("Telemetry.Sampler"),
                draft.get("Telemetry.Batcher"),
                draft.get("Telemetry.OtlpHeaders"),
                draft.get("Telemetry.OtlpHttpPath"),
                draft.get("Telemetry.OtlpHttpSecure"),
                draft.get("Telemetry.Disabled"));
        devServer = new DevServer(
                draft.hasSection("DevServer") && draft.<Boolean>get("DevServer.Enabled"),
                draft.get("DevServer.Host"),
                draft.get("DevServer.Port"),
                draft.get("DevServer.MetricsPath"),
                draft.get("DevServer.HealthPath"),
                draft.get("DevServer.EnableMetrics"),
                draft.get("DevServer.EnablePprof"),
                draft.get("DevServer.HealthResponse"),
                draft.get("DevServer.Token"));
        shutdown = new Shutdown(draft.positive("Shutdown.WrapUpTime"), draft.positive("Shutdown.WaitTime"));
        profiling = new Profiling(
                draft.get("Profiling.Name"),
                draft.get("Profiling.ServerAddr"),
                draft.get("Profiling.AuthUser"),
                draft.get("Profiling.AuthPassword"),
                draft.get("Profiling.UploadRate"),
                draft.get("Profiling.CheckInterval"),
                draft.get("Profiling.ProfilingDuration"),
                draft.get("Profiling.CpuThreshold"),
                new ProfileType(
                        draft.get("Profiling.ProfileType.Logger"),
                        draft.get("Profiling.ProfileType.CPU"),
                        draft.get("Profiling.ProfileType.Goroutines"),
                        draft.get("Profiling.ProfileType.Memory"),
                        draft.get("Profiling.ProfileType.Mutex"),
                        draft.get("Profiling.ProfileType.Block")));
    }

    /**
     * Reads a file that has these keys alone. For the file of an application, give its record a component of this type:
     * it takes its keys from the top level.
     *
     * @param file a YAML or JSON file, UTF-8, at most 3 MiB
     * @throws ConfException with every problem of the file at once, each with its line; also if it cannot be read
     */
    public static ServiceConf load(Path file) {
        return ConfLoader.load(file, ServiceConf.class);
    }

    /**
     * Reads these keys from YAML or JSON text.
     *
     * @throws ConfException with every problem of the text at once, each with its line
     */
    public static ServiceConf parse(String yaml) {
        return ConfLoader.parse(yaml, ServiceConf.class);
    }

    /** The keys: what {@link ConfLoader} reads, and what the documentation is checked against. */
    public static Section<Draft, ServiceConf> section() {
        return ServiceConfKeys.SECTION;
    }

    /**
     * Sets up logging as {@link #log()} says, if the application logs by Logback: the root logger's level and appenders
     * are replaced; levels and appenders of other loggers stay, but {@code org.apache.kafka} gets {@code warn} if it
     * has none. With another logger, nothing happens but one line that says so. The first call in a process counts: the
     * same again does nothing, another one is refused with a warning. Nothing in kq calls this; call it first in
     * {@code main}. kq: {@code c.SetUp()}, which each queue calls by itself.
     *
     * @throws KqException if the log files need a name ({@code Mode: volume}) and there is none
     */
    public void setUp() {
        LogSetUp.apply(LoggerFactory.getILoggerFactory(), log, name());
    }

    /** {@code Name}: what the service is called; empty if it is not written. In a kq section the queue's name. */
    public String name() {
        return draft.get("Name");
    }

    /** {@code Log}: how to log, for {@link #setUp()}. */
    public Log log() {
        return log;
    }

    /** {@code Mode}: where the service runs. Default {@link Mode#PRO}. Without effect on queues. */
    public Mode mode() {
        return draft.get("Mode");
    }

    /** {@code MetricsUrl}: where reports are posted to; empty for nowhere. */
    public String metricsUrl() {
        return draft.get("MetricsUrl");
    }

    /** {@code Prometheus}: go-zero's older way to serve metrics. */
    public Prometheus prometheus() {
        return prometheus;
    }

    /** {@code Telemetry}: tracing. */
    public Telemetry telemetry() {
        return telemetry;
    }

    /** {@code DevServer}: health and metrics over HTTP. Off unless the section is written. */
    public DevServer devServer() {
        return devServer;
    }

    /** {@code Shutdown}: how the service stops. */
    public Shutdown shutdown() {
        return shutdown;
    }

    /** {@code Profiling}: continuous profiling. */
    public Profiling profiling() {
        return profiling;
    }

    /** What is written, secrets as {@code ******}; defaults are not shown. */
    @Override
    public String toString() {
        return "ServiceConf" + ServiceConfKeys.SECTION.describe(draft);
    }

    /** What was written, in a draft of its own. For {@code KqConf}, which has these keys on its level. */
    public Draft written() {
        return new Draft(draft);
    }

    /** Where a service runs. */
    public enum Mode {
        DEV,
        TEST,
        /** Regression test. */
        RT,
        /** Before production. */
        PRE,
        PRO
    }

    /** Where log lines go. */
    public enum LogMode {
        /** Standard output. */
        CONSOLE,
        /** {@code access.log} in {@code Path}. */
        FILE,
        /** {@code access.log} in a folder of {@code Path} for the service and this host. */
        VOLUME
    }

    /** How a log line is written. */
    public enum LogEncoding {
        JSON,
        PLAIN
    }

    /** The lowest level that is logged. */
    public enum LogLevel {
        DEBUG,
        INFO,
        ERROR,
        /** The same as {@link #ERROR}: there is nothing above it. */
        SEVERE
    }

    /** When a log file is changed for a new one. */
    public enum LogRotation {
        DAILY,
        /** When it has {@code MaxSize}. */
        SIZE
    }

    /** How traces are sent. {@code JAEGER} is gone from go-zero and is in many of its files. */
    public enum Batcher {
        OTLPGRPC,
        OTLPHTTP,
        ZIPKIN,
        FILE,
        JAEGER
    }

    /**
     * {@code Log}.
     *
     * @param serviceName the service in file names of {@link LogMode#VOLUME}; empty for {@code Name}
     * @param mode default {@link LogMode#CONSOLE}
     * @param encoding default {@link LogEncoding#JSON}
     * @param timeFormat a layout of Go's; empty for {@code 2006-01-02T15:04:05.000Z07:00}
     * @param path the folder of the files, default {@code logs}
     * @param level default {@link LogLevel#INFO}
     * @param maxContentLength characters of a message that are written; 0, the default, for all
     * @param compress whether old files are compressed, default false
     * @param stat whether a queue logs a line of statistics each minute, default true
     * @param keepDays days that old files are kept; 0, the default, for ever
     * @param stackCooldownMillis without effect, default 100
     * @param maxBackups old files that are kept with {@link LogRotation#SIZE}, about; 0, the default, for all
     * @param maxSize MiB of a file with {@link LogRotation#SIZE}; 0, the default, for any number
     * @param rotation default {@link LogRotation#DAILY}
     * @param fileTimeFormat without effect, default empty
     * @param fieldKeys the names in JSON
     */
    public record Log(
            String serviceName,
            LogMode mode,
            LogEncoding encoding,
            String timeFormat,
            String path,
            LogLevel level,
            int maxContentLength,
            boolean compress,
            boolean stat,
            int keepDays,
            int stackCooldownMillis,
            int maxBackups,
            int maxSize,
            LogRotation rotation,
            String fileTimeFormat,
            FieldKeys fieldKeys) {}

    /**
     * {@code Log.FieldKeys}: what the fields of a JSON line are called. Defaults: the names here, and
     * {@code @timestamp}.
     */
    public record FieldKeys(
            String caller,
            String content,
            String duration,
            String level,
            String span,
            String timestamp,
            String trace,
            String truncated) {}

    /**
     * {@code Prometheus}.
     *
     * @param host the address to listen on; empty, the default, for off
     * @param port default 9101
     * @param path default {@code /metrics}
     */
    public record Prometheus(String host, int port, String path) {}

    /**
     * {@code Telemetry}.
     *
     * @param name the service in traces; empty for {@code Name}
     * @param endpoint where traces go; empty, the default, for nowhere
     * @param sampler the share of traces that is kept, 0 to 1, default 1
     * @param batcher default {@link Batcher#OTLPGRPC}
     * @param otlpHeaders default empty
     * @param otlpHttpPath empty for the exporter's default
     * @param otlpHttpSecure whether to use TLS, default false
     * @param disabled default false
     */
    public record Telemetry(
            String name,
            String endpoint,
            double sampler,
            Batcher batcher,
            Map<String, String> otlpHeaders,
            String otlpHttpPath,
            boolean otlpHttpSecure,
            boolean disabled) {
        /** The map is copied. */
        public Telemetry {
            otlpHeaders = Map.copyOf(otlpHeaders);
        }

        /** Without the headers' values: they often hold a token. */
        @Override
        public String toString() {
            return "Telemetry[name=" + name + ", endpoint=" + endpoint + ", sampler=" + sampler + ", batcher=" + batcher
                    + ", otlpHeaders=" + otlpHeaders.keySet() + ", otlpHttpPath=" + otlpHttpPath + ", otlpHttpSecure="
                    + otlpHttpSecure + ", disabled=" + disabled + "]";
        }
    }

    /**
     * {@code DevServer}: what {@link dev.kq.DevServer} does.
     *
     * @param enabled false if the section is not written, else default true
     * @param host the address to listen on; empty, the default, for loopback
     * @param port default 6060; 0 for one that is free
     * @param metricsPath default {@code /metrics}
     * @param healthPath where it says whether all queues are live, default {@code /healthz}
     * @param enableMetrics default true
     * @param enablePprof whether it shows what the threads do, default true
     * @param healthResponse the status if all is well, default {@code OK}
     * @param token what a request must have to change something; empty, the default, for no changes
     */
    public record DevServer(
            boolean enabled,
            String host,
            int port,
            String metricsPath,
            String healthPath,
            boolean enableMetrics,
            boolean enablePprof,
            String healthResponse,
            String token) {
        /** Without the token. */
        @Override
        public String toString() {
            return "DevServer[enabled=" + enabled + ", host=" + host + ", port=" + port + ", metricsPath=" + metricsPath
                    + ", healthPath=" + healthPath + ", enableMetrics=" + enableMetrics + ", enablePprof=" + enablePprof
                    + ", healthResponse=" + healthResponse + "]";
        }
    }

    /**
     * {@code Shutdown}. Zero or less is as if it was not written.
     *
     * @param wrapUpTime without effect, default 1 s
     * @param waitTime what a {@link dev.kq.ServiceGroup} takes for its stop at most, default 5.5 s
     */
    public record Shutdown(Duration wrapUpTime, Duration waitTime) {}

    /**
     * {@code Profiling}.
     *
     * @param name empty for {@code Name}
     * @param serverAddr empty, the default, for off
     * @param authUser default empty
     * @param authPassword default empty
     * @param uploadRate default 15 s
     * @param checkInterval default 10 s
     * @param profilingDuration default 2 min
     * @param cpuThreshold in thousandths of a CPU, default 700
     * @param profileType what is profiled
     */
    public record Profiling(
            String name,
            String serverAddr,
            String authUser,
            String authPassword,
            Duration uploadRate,
            Duration checkInterval,
            Duration profilingDuration,
            int cpuThreshold,
            ProfileType profileType) {
        /** Without the password. */
        @Override
        public String toString() {
            return "Profiling[name=" + name + ", serverAddr=" + serverAddr + ", authUser=" + authUser
                    + ", uploadRate=" + uploadRate + ", checkInterval=" + checkInterval + ", profilingDuration="
                    + profilingDuration + ", cpuThreshold=" + cpuThreshold + ", profileType=" + profileType + "]";
        }
    }

    /** {@code Profiling.ProfileType}. Defaults: cpu, goroutines and memory. */
    public record ProfileType(
            boolean logger, boolean cpu, boolean goroutines, boolean memory, boolean mutex, boolean block) {}

    /** What was written so far, by key path. For {@link ConfLoader} and {@code KqConf}; not thread-safe. */
    public static final class Draft {
        private final Map<String, Object> written = new HashMap<>();

        Draft() {}

        Draft(Draft other) {
            written.putAll(other.written);
        }

        /** Holds what another one does, and nothing else. */
        public void replaceBy(Draft other) {
            written.clear();
            written.putAll(other.written);
        }

        /** Takes a value of the key's type. */
        public void put(String path, Object value) {
            written.put(path, value);
        }

        /** The value if it was written. The type is that of the key. */
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the table of keys has the types
        public <V> @Nullable V written(String path) {
            return (V) written.get(path);
        }

        /** The value, or its default. */
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the table of keys has the types
        <V> V get(String path) {
            Object value = written.get(path);
            return (V) Objects.requireNonNull(value != null ? value : ServiceConfKeys.DEFAULTS.get(path), path);
        }

        Duration positive(String path) {
            Duration value = get(path);
            return value.compareTo(Duration.ZERO) > 0
                    ? value
                    : (Duration) Objects.requireNonNull(ServiceConfKeys.DEFAULTS.get(path));
        }

        /** Whether the section was written, if only in part, or empty. */
        boolean hasSection(String name) {
            return written.keySet().stream().anyMatch(path -> path.equals(name) || path.startsWith(name + "."));
        }
    }
}
