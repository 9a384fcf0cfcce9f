package dev.kq.testkit;

import dev.kq.testkit.NodeProperties.NodePorts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;

/**
 * A real Kafka whose nodes are processes of their own on 127.0.0.1, so that one can be killed: what
 * {@link EmbeddedKafka} cannot do. Responsible for the processes from start to end.
 *
 * <pre>{@code
 * try (ForkedKafka kafka = ForkedKafka.builder().start()) {
 *     kafka.createTopic("payment-success", 8);
 *     kafka.killNode(1);
 *     kafka.startNode(1);
 * }
 * }</pre>
 *
 * <p>Each node is broker and controller in one, with the settings of {@link EmbeddedKafka}, 256 MB of heap, and the
 * class path of this JVM. Three nodes go on when one is gone. Takes some seconds to start.
 *
 * <p>Nothing is left behind: {@link #close()} ends the processes and removes the data, and a node ends by itself when
 * this JVM is gone, however that came. Thread-safe; starting and stopping block each other.
 */
public final class ForkedKafka implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(90);

    private final DataFolder folder;
    private final LoopbackPorts sockets = new LoopbackPorts();
    private final List<TcpProxy> proxies = new ArrayList<>();
    private final List<NodePorts> ports = new ArrayList<>();
    private final Map<String, String> overrides;
    private final String clusterId = Uuid.randomUuid().toString();

    /** Guarded by this. */
    private final Map<Integer, NodeProcess> running = new TreeMap<>();

    private ForkedKafka(Builder builder) {
        overrides = Map.copyOf(builder.brokerProperties);
        folder = DataFolder.open(null);
        try {
            for (int id = 0; id < builder.nodes; id++) {
                int client = sockets.takeFree();
                if (builder.proxied) {
                    proxies.add(TcpProxy.to(client));
                }
                int advertised = builder.proxied ? proxies.get(id).port() : client;
                ports.add(new NodePorts(client, advertised, sockets.takeFree(), sockets.takeFree()));
            }
            sockets.close(); // the nodes take them
            launch();
        } catch (Throwable e) {
            try {
                close();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    /** A cluster that is not like the default one. */
    public static Builder builder() {
        return new Builder();
    }

    private synchronized void launch() {
        IntStream.range(0, ports.size()).forEach(id -> running.put(id, newNode(id)));
        running.values().forEach(node -> node.awaitReady(READY));
        try (Topics topics = topics()) {
            topics.awaitGroups();
        }
    }

    private NodeProcess newNode(int id) {
        ClientSecurity none = new ClientSecurity(Map.of(), Map.of(), false, null, false);
        return NodeProcess.start(id, clusterId, NodeProperties.of(id, ports, folder, none, overrides), folder);
    }

    /** The addresses of all nodes, running or not, as {@code bootstrap.servers} wants them. */
    public String bootstrapServers() {
        return ports.stream()
                .map(node -> LoopbackPorts.HOST + ":" + node.advertised())
                .collect(Collectors.joining(","));
    }

    /** What any Kafka client needs to connect. A new map that may be changed. */
    public Map<String, Object> clientProperties() {
        return new LinkedHashMap<>(Map.of("bootstrap.servers", bootstrapServers()));
    }

    /** What a client needs to connect past the proxies. A new map that may be changed. */
    public Map<String, Object> adminProperties() {
        return new LinkedHashMap<>(Map.of("bootstrap.servers", internalServers()));
    }

    private String internalServers() {
        return ports.stream()
                .map(node -> LoopbackPorts.HOST + ":" + node.internal())
                .collect(Collectors.joining(","));
    }

    /** How many nodes there are, running or not. */
    public int nodes() {
        return ports.size();
    }

    /**
     * What stands between clients and a node, to make their network bad.
     *
     * @param id the node, from 0
     * @throws IllegalStateException without {@link Builder#proxied}
     */
    public TcpProxy proxy(int id) {
        if (proxies.isEmpty()) {
            throw new IllegalStateException("Clients connect to the nodes themselves; call proxied() of the builder");
        }
        return proxies.get(Objects.checkIndex(id, proxies.size()));
    }

    /**
     * Creates a topic and returns when every partition has a leader that serves.
     *
     * @param configs topic properties such as {@code cleanup.policy}
     * @return the name
     * @throws EmbeddedKafkaException if it exists, the name or a property is none, or there are not enough nodes
     */
    public String createTopic(String name, int partitions, Map<String, String> configs) {
        try (Topics topics = topics()) {
            topics.create(name, partitions, (short) Math.min(3, ports.size()), configs);
        }
        return name;
    }

    private Topics topics() {
        return new Topics(internalServers(), List.of());
    }

    /** Whether the process of the node is there. */
    public synchronized boolean runs(int id) {
        NodeProcess node = running.get(id);
        return node != null && node.alive();
    }

    /** The process id of a node that runs. */
    public synchronized long pid(int id) {
        NodeProcess node = running.get(id);
        if (node == null) {
            throw new IllegalStateException("Node " + id + " does not run");
        }
        return node.pid();
    }

    /** Ends a node at once, as {@code kill -9} does. Its data and ports stay. Nothing happens if it does not run. */
    public synchronized void killNode(int id) {
        NodeProcess node = running.remove(id);
        if (node != null) {
            node.kill();
        }
    }

    /**
     * Stops a node: it hands its partitions over to the others and ends. Nothing happens if it does not run.
     *
     * @throws EmbeddedKafkaException if it takes too long; then it has been killed
     */
    public synchronized void stopNode(int id) {
        NodeProcess node = running.remove(id);
        if (node != null) {
            node.stop();
        }
    }

    /**
     * Starts a stopped or killed node again, on its data and its ports, and returns when it serves. Nothing happens if
     * it runs.
     *
     * @throws EmbeddedKafkaException if it does not start; the message has its last words
     */
    public synchronized void startNode(int id) {
        Objects.checkIndex(id, ports.size());
        NodeProcess before = running.get(id);
        if (before != null && before.alive()) {
            return;
        }
        NodeProcess node = newNode(id);
        running.put(id, node);
        node.awaitReady(READY);
    }

    /** Ends all nodes and removes the data. Further calls do nothing. */
    @Override
    public synchronized void close() {
        proxies.forEach(TcpProxy::close);
        running.values().forEach(NodeProcess::kill); // nobody wants the data any more
        running.clear();
        sockets.close();
        folder.close();
    }

    /** Says how the cluster should be, and starts it. Not thread-safe; may start several. */
    public static final class Builder {
        private final Map<String, String> brokerProperties = new LinkedHashMap<>();
        private int nodes = 3;
        private boolean proxied;

        private Builder() {}

        /** How many nodes; default 3. */
        public Builder nodes(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("nodes must be 1 or more, not " + count);
            }
            nodes = count;
            return this;
        }

        /**
         * A server property for all nodes.
         *
         * @throws IllegalArgumentException for what the cluster is built from, such as {@code listeners}
         */
        public Builder brokerProperty(String key, String value) {
            NodeProperties.checkAllowed(key);
            brokerProperties.put(key, value);
            return this;
        }

        /**
         * Puts a {@link TcpProxy} between clients and each node, see {@link ForkedKafka#proxy}. The nodes among
         * themselves and {@link ForkedKafka#adminProperties} do not go through it.
         */
        public Builder proxied() {
            proxied = true;
            return this;
        }

        /**
         * Starts it, and returns when all nodes serve.
         *
         * @throws EmbeddedKafkaException if a node does not start
         */
        public ForkedKafka start() {
            return new ForkedKafka(this);
        }
    }
}
