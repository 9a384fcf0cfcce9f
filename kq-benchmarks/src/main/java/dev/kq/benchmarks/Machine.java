package dev.kq.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;

/** Says on what the figures were measured, and how busy that was. */
final class Machine {
    private final double loadBefore = load();

    /** One line; the load is that of the last minute before the measurement and at its end. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%d cores (%s%s), JDK %s, Kafka %s, one broker in a JVM of its own on the same machine, load %.1f before, %.1f at"
                        + " the end",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.arch"),
                processor(),
                Runtime.version(),
                AppInfoParser.getVersion(),
                loadBefore,
                load());
    }

    /** Where the system says it, ", " and the name; "" elsewhere. */
    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> ", " + line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
