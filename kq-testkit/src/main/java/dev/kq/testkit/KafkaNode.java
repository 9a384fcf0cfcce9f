package dev.kq.testkit;

import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.fault.FaultHandler;
import org.apache.kafka.server.fault.LoggingFaultHandler;

/**
 * Runs one node, broker and controller in one, from start to stop; a node that starts again is a new {@code KafkaNode}
 * on the same folder. Put together like {@code kafka.server.KafkaRaftServer}, from its parts, because that one binds
 * its ports late, ends the JVM on a fault, and cannot stop all brokers of a cluster before the first controller.
 *
 * <p>Confined to the thread that holds {@link EmbeddedKafka}'s lock.
 */
final class KafkaNode {
    /** How long a broker may take to hand over its partitions before it stops without having done so. */
    private static final Duration HAND_OVER = Duration.ofSeconds(10);

    static {
        // Kafka asks for log4j's API by name; with no log4j behind it, that would say so on stderr.
        String level = "log4j2.StatusLogger.level";
        String providers = "META-INF/services/org.apache.logging.log4j.spi.Provider";
        if (System.getProperty(level) == null
                && KafkaConfig.class.getClassLoader().getResource(providers) == null) {
            System.setProperty(level, "OFF");
        }
    }

    private final NodeThreads threads;
    private final Metrics metrics = new Metrics();
    private final SharedServer shared;
    private final BrokerServer broker;
    private final ControllerServer controller;

    /**
     * @param voters where each node's controller listens
     * @param failure completed when the node dies by itself
     */
    KafkaNode(
            int id,
            Map<String, Object> properties,
            Map<Integer, InetSocketAddress> voters,
            LoopbackPorts ports,
            CompletableFuture<Throwable> failure)
            throws Exception {
        threads = new NodeThreads(id, failure);
        KafkaConfig config = new KafkaConfig(properties, false);
        String folder = String.valueOf(properties.get("log.dirs"));
        shared = new SharedServer(
                config,
                metaProperties(folder),
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(voters),
                List.of(),
                this::faultHandler,
                ports);
        controller =
                new ControllerServer(shared, KafkaRaftServer.configSchema(), new BootstrapDirectory(folder).read());
        broker = new BrokerServer(shared);
    }

    /** Makes the folder a Kafka data folder, unless it is one. */
    static void format(int id, Path folder, String clusterId, List<String> scramUsers) throws Exception {
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(id)
                .setClusterId(clusterId)
                .setControllerListenerName(NodeProperties.CONTROLLER)
                .setDirectories(List.of(folder.toString()))
                .setMetadataLogDirectory(folder.toString())
                .setScramArguments(scramUsers)
                .setIgnoreFormatted(true)
                .run();
    }

    static MetaPropertiesEnsemble metaProperties(String folder) throws Exception {
        return new MetaPropertiesEnsemble.Loader()
                .addMetadataLogDir(folder)
                .addLogDirs(List.of(folder))
                .load();
    }

    /** Done when the broker serves; needs a majority of the nodes. */
    FutureTask<?> start() {
        return threads.run("start", () -> {
            controller.startup(); // first: the broker registers with it
            broker.startup();
            return true;
        });
    }

    FutureTask<?> stopBroker() {
        return threads.run("stop-broker", () -> {
            broker.shutdown(HAND_OVER);
            return true;
        });
    }

    /** Only after {@link #stopBroker()}: a broker hands over through the controllers. */
    FutureTask<?> stopController() {
        return threads.run("stop-controller", () -> {
            controller.shutdown();
            return true;
        });
    }

    /**
     * Like {@link #stopController()}, when all nodes of a cluster stop: the last ones would wait 5 seconds for somebody
     * to take over the leadership.
     */
    FutureTask<?> stopLastController() {
        return threads.run("stop-controller", () -> {
            var raft = shared.raftManager();
            if (raft != null) {
                raft.client().shutdown(1).exceptionally(timedOut -> null).join();
            }
            controller.shutdown();
            return true;
        });
    }

    /** What this broker knows about topics. */
    MetadataCache metadata() {
        return broker.metadataCache();
    }

    /** How many connections clients have to this node now. */
    int clientConnections() {
        return metrics.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("connection-count")
                        && NodeProperties.CLIENT.equals(
                                metric.metricName().tags().get("listener")))
                .mapToInt(metric -> ((Number) metric.metricValue()).intValue())
                .sum();
    }

    private FaultHandler faultHandler(String name, boolean fatal, Runnable action) {
        if (!fatal) {
            return new LoggingFaultHandler(name, action);
        }
        return (message, cause) -> {
            action.run();
            EmbeddedKafkaException failure =
                    new EmbeddedKafkaException(threads.getName() + ": fault in " + name + ": " + message, cause);
            threads.fail(failure);
            return failure;
        };
    }
}
