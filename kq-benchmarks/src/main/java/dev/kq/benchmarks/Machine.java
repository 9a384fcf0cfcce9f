package dev.kq.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.apache.kafka.common.utils.AppInfoParser;

/** Says on what the figures were measured, and how busy that was. */
final class Machine {
    private final double loadBefore = load();

    /** One line; the load is that of the last minute before the measurement and at its end. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%d cores (%s), JDK %s, Kafka %s, one broker in a JVM of its own on the same machine, load %.1f before, %.1f at"
                        + " the end",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.arch"),
                Runtime.version(),
                AppInfoParser.getVersion(),
                loadBefore,
                load());
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
