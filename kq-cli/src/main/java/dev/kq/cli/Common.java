package dev.kq.cli;

import dev.kq.KqConf;
import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import dev.kq.conf.Connection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that talks to brokers, and the connection they describe. Used by the main thread. */
final class Common {
    /** Read like a file, so that the environment is checked as the same keys in a file would be. */
    private static final String ENVIRONMENT = """
            Brokers: ${KQ_BROKERS:-none:1}
            Username: ${KQ_USERNAME:-}
            Password: ${KQ_PASSWORD:-}
            SaslMechanism: ${KQ_SASL_MECHANISM:-PLAIN}
            CaFile: ${KQ_CA_FILE:-}
            CertFile: ${KQ_CERT_FILE:-}
            KeyFile: ${KQ_KEY_FILE:-}
            InsecureSkipVerify: ${KQ_INSECURE_SKIP_VERIFY:-false}
            """;

    @Option(
            names = "--brokers",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Some brokers of the cluster, with commas between. Stronger than --config and KQ_BROKERS.")
    List<String> brokers = List.of();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The kq.yaml of a queue: brokers, user and certificates are taken from there.")
    @Nullable
    Path config;

    @Option(names = "--section", paramLabel = "KEY", description = "The section of that file. Default: all of it.")
    @Nullable
    String section;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long to wait for an answer of the brokers, such as 500ms or 1m. Default: 10s.")
    Duration timeout = Duration.ofSeconds(10);

    @Option(names = "--json", description = "Write JSON.")
    boolean json;

    @Option(names = "--verbose", description = "Show the stack trace of a failure.")
    boolean verbose;

    @Mixin
    final HelpOption help = new HelpOption();

    /**
     * How to reach the brokers.
     *
     * @param security raw settings of Kafka's clients that the connection does not know
     */
    record Access(Connection connection, Map<String, String> security) {}

    /**
     * The connection of the options.
     *
     * @throws Failure if they are wrong, or if nothing says where the brokers are
     */
    Access access() {
        if (section != null && config == null) {
            throw Failure.wrongUsage("--section: of which file? --config names it", null);
        }
        if (config == null && brokers.isEmpty() && blank(System.getenv("KQ_BROKERS"))) {
            throw Failure.wrongUsage(
                    "where are the brokers? Write --brokers HOST:PORT or --config FILE, or set KQ_BROKERS", null);
        }
        try {
            Access access = config == null ? ofEnvironment() : ofFile(config);
            return brokers.isEmpty()
                    ? access
                    : new Access(access.connection.toBuilder().brokers(brokers).build(), access.security);
        } catch (ConfException e) {
            throw Failure.wrongUsage(e.problems().stream().map(this::shown).collect(Collectors.joining("\n")), e);
        }
    }

    private static boolean blank(@Nullable String value) {
        return value == null || value.isBlank();
    }

    private static Access ofEnvironment() {
        return new Access(ConfLoader.parse(ENVIRONMENT, Connection.class), Map.of());
    }

    private Access ofFile(Path file) {
        KqConf conf = section == null ? KqConf.load(file) : KqConf.load(file, section);
        Map<String, String> security = new LinkedHashMap<>();
        conf.properties().forEach((key, value) -> {
            if (key.startsWith("security.") || key.startsWith("sasl.") || key.startsWith("ssl.")) {
                security.put(key, value);
            }
        });
        return new Access(conf.connection(), security);
    }

    /** The problem with the name of what was written. */
    private String shown(ConfException.Problem problem) {
        if (problem.file() == null) {
            return "--brokers: " + problem.text();
        }
        if (config == null) {
            return "environment, KQ_"
                    + problem.path().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT) + ": "
                    + problem.text();
        }
        return problem.toString();
    }
}
