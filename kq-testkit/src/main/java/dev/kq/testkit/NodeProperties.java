package dev.kq.testkit;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Decides the server properties of one node: the only place with server keys. What is small here is small so that a
 * broker starts fast and leaves a two-core machine to the tests.
 */
final class NodeProperties {
    static final String CLIENT = "CLIENT";
    static final String INTERNAL = "INTERNAL";
    static final String CONTROLLER = "CONTROLLER";

    static final int OFFSETS_PARTITIONS = 4;

    /** What a user may not set, because the cluster is built from it. */
    private static final Set<String> OWNED = Set.of(
            "node.id",
            "broker.id",
            "process.roles",
            "listeners",
            "advertised.listeners",
            "listener.security.protocol.map",
            "inter.broker.listener.name",
            "controller.listener.names",
            "controller.quorum.voters",
            "log.dir",
            "log.dirs",
            "metadata.log.dir");

    private NodeProperties() {}

    /**
     * Three ports of one node on 127.0.0.1, and the one that clients are told: {@code client}, or that of a proxy in
     * front of it.
     */
    record NodePorts(int client, int advertised, int internal, int controller) {}

    static void checkAllowed(String key) {
        if (OWNED.contains(key)) {
            throw new IllegalArgumentException(
                    key + " is set by EmbeddedKafka itself; see nodes, ports, dataFolder, saslPlain and tls");
        }
    }

    static Map<String, Object> of(
            int id, List<NodePorts> nodes, DataFolder folder, ClientSecurity security, Map<String, String> overrides) {
        NodePorts ports = nodes.get(id);
        Map<String, Object> all = new HashMap<>(small());
        all.putAll(replication(nodes.size()));
        all.putAll(security.brokerProperties());
        all.putAll(overrides);

        all.put("node.id", id);
        all.put("process.roles", "broker,controller");
        String internal = listener(INTERNAL, ports.internal());
        all.put(
                "listeners",
                listener(CLIENT, ports.client()) + "," + internal + "," + listener(CONTROLLER, ports.controller()));
        all.put("advertised.listeners", listener(CLIENT, ports.advertised()) + "," + internal);
        all.put(
                "listener.security.protocol.map",
                CLIENT + ":" + security.protocol() + "," + INTERNAL + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        all.put("inter.broker.listener.name", INTERNAL);
        all.put("controller.listener.names", CONTROLLER);
        all.put(
                "controller.quorum.voters",
                IntStream.range(0, nodes.size())
                        .mapToObj(node -> node + "@" + LoopbackPorts.HOST + ":"
                                + nodes.get(node).controller())
                        .collect(Collectors.joining(",")));
        all.put("log.dirs", folder.node(id).toString());
        return all;
    }

    private static String listener(String name, int port) {
        return name + "://" + LoopbackPorts.HOST + ":" + port;
    }

    private static Map<String, String> replication(int nodes) {
        String replicas = String.valueOf(Math.min(3, nodes));
        String inSync = nodes >= 3 ? "2" : "1"; // one stopped node of three still serves acks=all
        Map<String, String> properties = new LinkedHashMap<>();
        // A stopped node may come back only when its session with the others is over. Alone it has no such wait, and
        // must not be thought dead when this JVM stands still for a while.
        properties.put("broker.session.timeout.ms", nodes == 1 ? "30000" : "3000");
        properties.put("broker.heartbeat.interval.ms", nodes == 1 ? "2000" : "500");
        properties.put("default.replication.factor", replicas);
        properties.put("min.insync.replicas", inSync);
        properties.put("offsets.topic.replication.factor", replicas);
        properties.put("transaction.state.log.replication.factor", replicas);
        properties.put("transaction.state.log.min.isr", inSync);
        properties.put("share.coordinator.state.topic.replication.factor", replicas);
        properties.put("share.coordinator.state.topic.min.isr", inSync);
        return properties;
    }

    private static Map<String, String> small() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("auto.create.topics.enable", "false");
        properties.put("metric.reporters", ""); // no JMX: two brokers in a JVM would fight for the same names

        // groups: no wait for more members, and sessions as short as a test wants
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("group.min.session.timeout.ms", "100");
        properties.put("group.consumer.heartbeat.interval.ms", "500");
        properties.put("group.consumer.min.heartbeat.interval.ms", "100");
        properties.put("group.consumer.min.session.timeout.ms", "500");
        properties.put("group.share.heartbeat.interval.ms", "500");
        properties.put("group.share.min.heartbeat.interval.ms", "100");
        properties.put("group.share.min.session.timeout.ms", "500");

        // threads
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        properties.put("background.threads", "2");
        properties.put("num.recovery.threads.per.data.dir", "1");
        properties.put("group.coordinator.threads", "1");
        properties.put("group.coordinator.background.threads", "1");
        properties.put("share.coordinator.threads", "1");
        properties.put("log.cleaner.threads", "1");

        // memory and files
        properties.put("offsets.topic.num.partitions", String.valueOf(OFFSETS_PARTITIONS));
        properties.put("offsets.topic.segment.bytes", "8388608");
        properties.put("transaction.state.log.num.partitions", "4");
        properties.put("transaction.state.log.segment.bytes", "8388608");
        properties.put("share.coordinator.state.topic.num.partitions", "4");
        properties.put("share.coordinator.state.topic.segment.bytes", "8388608");
        properties.put("log.segment.bytes", "134217728");
        properties.put("log.index.size.max.bytes", "1048576");
        properties.put("log.cleaner.dedupe.buffer.size", "2097152");
        properties.put("log.cleaner.io.buffer.size", "131072");
        properties.put("log.initial.task.delay.ms", "5000");

        // a quick start and a quick stop
        properties.put("server.max.startup.time.ms", "30000");
        properties.put("controller.quorum.append.linger.ms", "0");
        properties.put("controller.quorum.election.timeout.ms", "500");
        properties.put("controller.quorum.election.backoff.max.ms", "100");
        return properties;
    }
}
