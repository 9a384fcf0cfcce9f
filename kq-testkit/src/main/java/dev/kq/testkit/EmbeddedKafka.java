package dev.kq.testkit;

import dev.kq.testkit.NodeProperties.NodePorts;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka in this JVM, responsible for its nodes from start to removal: KRaft brokers of the version in the
 * kafka_2.13 jar, on 127.0.0.1 only.
 *
 * <pre>{@code
 * try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
 *     kafka.createTopic("payment-success", 8);
 *     ... kafka.bootstrapServers() ...
 * }
 * }</pre>
 *
 * <p>Each node is broker and controller in one. Internal topics have min(3, nodes) replicas, groups do not wait for
 * more members, topics are not created by use, and everything is sized for a small machine;
 * {@link Builder#brokerProperty} has the last word.
 *
 * <p>Nothing is left behind: {@link #close()} stops the nodes and removes the data, unless a data folder was given. A
 * JVM that is told to end (SIGTERM, Ctrl-C) does the same, after it has waited up to 5 seconds for clients in this JVM
 * to say goodbye. A broker that would end the JVM after a fatal failure does not: the next call here throws what it
 * failed with.
 *
 * <p>Kafka logs a lot at INFO through SLF4J. With Logback, one line in {@code logback.xml} (or
 * {@code logback-test.xml}) leaves only what matters: {@code <include resource="dev/kq/testkit/quiet-kafka.xml"/>}.
 *
 * <p>JDK 24 and later warn once on stderr that Kafka uses {@code sun.misc.Unsafe}; the JVM option
 * {@code --sun-misc-unsafe-memory-access=allow} ends that.
 *
 * <p>Thread-safe; starting and stopping block each other.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final long START_SECONDS = 60;
    private static final long GRACE_SECONDS = 5;

    private final DataFolder folder;
    private final ClientSecurity security;
    private final Map<String, String> overrides;
    private final List<NodePorts> ports;
    /** By node; empty if clients connect to the nodes themselves. */
    private final List<TcpProxy> proxies = new ArrayList<>();

    private final LoopbackPorts sockets = new LoopbackPorts();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread exitHook = new Thread(this::closeOnExit, "kq-testkit-exit");

    /** Guarded by this. */
    private final Map<Integer, KafkaNode> running = new TreeMap<>();

    private EmbeddedKafka(Builder builder) {
        try {
            ports = IntStream.range(0, builder.nodes)
                    .mapToObj(id -> {
                        int client = builder.ports == null ? sockets.takeFree() : sockets.take(builder.ports[id]);
                        int advertised = client;
                        if (builder.proxied) {
                            proxies.add(TcpProxy.to(client));
                            advertised = proxies.get(id).port();
                        }
                        return new NodePorts(client, advertised, sockets.takeFree(), sockets.takeFree());
                    })
                    .toList();
            folder = DataFolder.open(builder.dataFolder);
        } catch (RuntimeException e) {
            proxies.forEach(TcpProxy::close);
            sockets.close();
            throw e;
        }
        overrides = Map.copyOf(builder.brokerProperties);
        try {
            Runtime.getRuntime().addShutdownHook(exitHook);
        } catch (IllegalStateException e) {
            proxies.forEach(TcpProxy::close);
            sockets.close();
            folder.close();
            throw new EmbeddedKafkaException("Kafka did not start: this JVM is ending", e);
        }
        try {
            folder.checkNodes(builder.nodes);
            security = builder.security(folder.tls());
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

    /** Starts one node on a free port with all defaults; returns when it serves. */
    public static EmbeddedKafka start() {
        return builder().start();
    }

    /** A broker that is not like the default one. */
    public static Builder builder() {
        return new Builder();
    }

    private synchronized void launch() {
        try {
            String clusterId = KafkaNode.metaProperties(folder.node(0).toString())
                    .clusterId()
                    .orElseGet(() -> Uuid.randomUuid().toString());
            for (int id = 0; id < ports.size(); id++) {
                KafkaNode.format(id, folder.node(id), clusterId, security.scramArguments());
                running.put(id, newNode(id));
            }
        } catch (Exception e) {
            throw EmbeddedKafkaException.of("Kafka did not start", e);
        }
        await("start", running.values().stream().map(KafkaNode::start).toList());
        try (Topics topics = topics()) {
            topics.awaitGroups();
        }
    }

    private KafkaNode newNode(int id) throws Exception {
        Map<Integer, InetSocketAddress> voters = IntStream.range(0, ports.size())
                .boxed()
                .collect(Collectors.toMap(
                        Function.identity(),
                        node -> LoopbackPorts.address(ports.get(node).controller())));
        return new KafkaNode(id, NodeProperties.of(id, ports, folder, security, overrides), voters, sockets, failure);
    }

    /** The addresses of all nodes, running or not, as {@code bootstrap.servers} wants them. */
    public String bootstrapServers() {
        return ports.stream()
                .map(node -> LoopbackPorts.HOST + ":" + node.advertised())
                .collect(Collectors.joining(","));
    }

    /**
     * What any Kafka client needs to connect: {@code bootstrap.servers} and the security settings (the first user of
     * {@link Builder#saslPlain}, else of {@link Builder#saslScram}, the authority of {@link Builder#tls}, a certificate
     * for {@link Builder#clientCertificates}). A new map that may be changed.
     */
    public Map<String, Object> clientProperties() {
        Map<String, Object> properties = security.clientProperties();
        properties.put("bootstrap.servers", bootstrapServers());
        return properties;
    }

    /**
     * What an admin client needs that may do everything, whatever clients may do: it comes in through the brokers' own
     * listener, without user and TLS. For users, ACLs and settings that change while a test runs. A new map that may be
     * changed.
     *
     * @throws EmbeddedKafkaException if no node is running
     */
    public Map<String, Object> adminProperties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("bootstrap.servers", internalServers());
        return properties;
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

    /** The PEM file with the CA that clients must trust; empty without {@link Builder#tls}. */
    public Optional<Path> caFile() {
        return Optional.ofNullable(security.tls()).map(tls -> tls.authority().caFile());
    }

    /**
     * The authority that clients must trust, to issue more certificates.
     *
     * @throws IllegalStateException without {@link Builder#tls}
     */
    public CertificateAuthority certificateAuthority() {
        return tls().authority();
    }

    /**
     * Makes the running nodes show this certificate to clients that connect from now on, also after a restart of the
     * node. Connections that are there go on. Returns when they do so.
     *
     * @throws IllegalStateException without {@link Builder#tls}
     * @throws EmbeddedKafkaException if no node is running, or they do not take it
     */
    public synchronized void useCertificate(CertificateAuthority.Issued certificate) {
        tls();
        try (Topics topics = topics()) {
            topics.configure(running.keySet(), ClientSecurity.certificate(certificate));
        }
        for (int id : running.keySet()) {
            ShownCertificate.await(LoopbackPorts.address(ports.get(id).client()), certificate.certificates());
        }
    }

    private ClientSecurity.Tls tls() {
        ClientSecurity.Tls tls = security.tls();
        if (tls == null) {
            throw new IllegalStateException("Clients connect without TLS; call tls() of the builder");
        }
        return tls;
    }

    /** Where the nodes keep their data. */
    public Path dataFolder() {
        return folder.path();
    }

    /**
     * Creates a topic with the default replication: min(3, nodes).
     *
     * @return the name, so that it can be used in one line
     * @throws EmbeddedKafkaException if it exists, or the name is none
     * @see #createTopic(String, int, int, Map)
     */
    public String createTopic(String name, int partitions) {
        return createTopic(name, partitions, Math.min(3, ports.size()));
    }

    /**
     * Creates a topic.
     *
     * @return the name
     * @throws EmbeddedKafkaException if it exists, the name is none, or there are not enough nodes
     * @see #createTopic(String, int, int, Map)
     */
    public String createTopic(String name, int partitions, int replicationFactor) {
        return createTopic(name, partitions, replicationFactor, Map.of());
    }

    /**
     * Creates a topic and returns when every running node knows it and every partition has a leader that serves, so
     * that the first client does not have to retry.
     *
     * @param configs topic properties such as {@code retention.ms}
     * @return the name
     * @throws EmbeddedKafkaException if it exists, the name or a property is none, or there are not enough nodes
     */
    public String createTopic(String name, int partitions, int replicationFactor, Map<String, String> configs) {
        Objects.requireNonNull(name, "name");
        if (partitions < 1 || replicationFactor < 1) {
            throw new IllegalArgumentException("Topic " + name + " with " + partitions + " partitions and "
                    + replicationFactor + " replicas: both must be 1 or more");
        }
        throwFailure();
        try (Topics topics = topics()) {
            topics.create(name, partitions, (short) replicationFactor, configs);
        } catch (EmbeddedKafkaException e) {
            throwFailure(); // the reason behind the reason
            throw e;
        }
        return name;
    }

    synchronized Topics topics() {
        return new Topics(
                internalServers(),
                running.values().stream().map(KafkaNode::metadata).toList());
    }

    private synchronized String internalServers() {
        if (running.isEmpty()) {
            throw new EmbeddedKafkaException("No node is running");
        }
        return running.keySet().stream()
                .map(id -> LoopbackPorts.HOST + ":" + ports.get(id).internal())
                .collect(Collectors.joining(","));
    }

    /**
     * Stops a node: it hands its partitions over to the others, if there are any, and stops. Its data and its port
     * stay. Nothing happens if it does not run.
     *
     * @param id from 0
     */
    public synchronized void stopNode(int id) {
        Objects.checkIndex(id, ports.size());
        throwFailure();
        KafkaNode node = running.remove(id);
        if (node != null) {
            stop(List.of(node), KafkaNode::stopController);
        }
    }

    /**
     * Starts a stopped node again, on its data and its port, and returns when it serves. Nothing happens if it runs.
     * With several nodes a majority must run, this one included.
     *
     * @param id from 0
     * @throws EmbeddedKafkaException if it cannot start
     */
    public synchronized void startNode(int id) {
        Objects.checkIndex(id, ports.size());
        throwFailure();
        if (closed.getCount() == 0) {
            throw new EmbeddedKafkaException("This Kafka is closed");
        }
        if (running.containsKey(id)) {
            return;
        }
        KafkaNode node;
        try {
            node = newNode(id);
        } catch (Exception e) {
            throw EmbeddedKafkaException.of("Node " + id + " did not start", e);
        }
        running.put(id, node);
        await("start", List.of(node.start()));
    }

    /** Completed with the failure if a node dies by itself. */
    CompletableFuture<Throwable> failure() {
        return failure;
    }

    /**
     * Stops all nodes and removes the data, unless a data folder was given. Further calls do nothing.
     *
     * @throws EmbeddedKafkaException after all that, if a node had died by itself
     */
    @Override
    public synchronized void close() {
        if (closed.getCount() == 0) {
            return;
        }
        boolean interrupted = Thread.interrupted(); // a test that was told to give up still wants its broker stopped
        try {
            List<KafkaNode> nodes = List.copyOf(running.values());
            running.clear();
            stop(nodes, ports.size() > 1 ? KafkaNode::stopLastController : KafkaNode::stopController);
        } finally {
            closed.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(exitHook);
            } catch (IllegalStateException e) {
                // the JVM is ending, and the hook with it
            }
            proxies.forEach(TcpProxy::close);
            sockets.close();
            folder.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        throwFailure();
    }

    /** A consumer in this JVM that commits its last offsets in its own hook still needs the broker. */
    private void closeOnExit() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
        try {
            while (hasClients() && System.nanoTime() < deadline && !closed.await(20, TimeUnit.MILLISECONDS)) {
                // until the last client is gone
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    private synchronized boolean hasClients() {
        return running.values().stream().anyMatch(node -> node.clientConnections() > 0);
    }

    /** All brokers before the first controller: brokers hand over through the controllers. */
    private static void stop(List<KafkaNode> nodes, Function<KafkaNode, Future<?>> stopController) {
        try {
            await("stop", nodes.stream().map(KafkaNode::stopBroker).toList());
        } finally {
            await("stop", nodes.stream().map(stopController).toList());
        }
    }

    private static void await(String what, List<? extends Future<?>> tasks) {
        for (Future<?> task : tasks) {
            try {
                task.get(START_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                tasks.forEach(other -> other.cancel(true));
                throw EmbeddedKafkaException.of("Kafka did not " + what, e);
            } catch (TimeoutException e) {
                tasks.forEach(other -> other.cancel(true));
                throw new EmbeddedKafkaException("Kafka did not " + what + " within " + START_SECONDS + " s", e);
            } catch (InterruptedException e) {
                tasks.forEach(other -> other.cancel(true));
                Thread.currentThread().interrupt();
                throw new EmbeddedKafkaException("Interrupted: Kafka did not " + what, e);
            }
        }
    }

    private void throwFailure() {
        if (failure.isDone()) {
            throw EmbeddedKafkaException.of("Kafka died", failure.join());
        }
    }

    /** Says how the broker should be, and starts it. Not thread-safe; may start several. */
    public static final class Builder {
        private final Map<String, String> brokerProperties = new LinkedHashMap<>();
        private final Map<String, String> plainUsers = new LinkedHashMap<>();
        private final Map<String, String> scramUsers = new LinkedHashMap<>();
        private boolean oauthBearer;
        private int nodes = 1;
        private int @Nullable [] ports;
        private @Nullable Path dataFolder;
        private boolean tls;
        private boolean clientCertificates;
        private boolean acls;
        private boolean proxied;

        private Builder() {}

        /** How many nodes; default 1. Three are needed to lose one and go on. */
        public Builder nodes(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("nodes must be 1 or more, not " + count);
            }
            nodes = count;
            return this;
        }

        /**
         * A server property for all nodes, stronger than the default here.
         *
         * @throws IllegalArgumentException for what the cluster is built from, such as {@code listeners}
         */
        public Builder brokerProperty(String key, String value) {
            NodeProperties.checkAllowed(key);
            brokerProperties.put(key, value);
            return this;
        }

        /**
         * Several server properties for all nodes.
         *
         * @see #brokerProperty
         */
        public Builder brokerProperties(Map<String, String> properties) {
            properties.forEach(this::brokerProperty);
            return this;
        }

        /**
         * Where to keep the data; it is created if need be and kept at close, and a second start on it finds topics,
         * records and offsets again. Default: a new temporary folder, removed at close.
         */
        public Builder dataFolder(Path folder) {
            dataFolder = Objects.requireNonNull(folder, "folder");
            return this;
        }

        /**
         * The clients' port of each node, one per node; default: free ones.
         *
         * @throws IllegalArgumentException for what is no port
         */
        public Builder ports(int... ports) {
            for (int port : ports) {
                if (port < 1 || port > 65_535) {
                    throw new IllegalArgumentException("Not a port: " + port);
                }
            }
            this.ports = ports.clone();
            return this;
        }

        /** Lets only clients in that give a user and a password (SASL/PLAIN); may be called for several users. */
        public Builder saslPlain(String user, String password) {
            plainUsers.put(Objects.requireNonNull(user, "user"), Objects.requireNonNull(password, "password"));
            return this;
        }

        /**
         * Lets only clients in that give a user and a password (SASL/SCRAM-SHA-256 or SCRAM-SHA-512); may be called for
         * several users. Users are part of the data: they are written when the data folder is made, and an admin client
         * changes them.
         *
         * @throws IllegalArgumentException if there is a comma or a quotation mark in it, which Kafka's own formatter
         *     does not take
         * @see EmbeddedKafka#adminProperties
         */
        public Builder saslScram(String user, String password) {
            if ((user + password).matches("(?s).*[,\"].*")) {
                throw new IllegalArgumentException("A comma or a quotation mark in the SCRAM user or its password");
            }
            scramUsers.put(user, password);
            return this;
        }

        /**
         * Lets only clients in that give a token (SASL/OAUTHBEARER). Any token will do that Kafka's own login module
         * makes without a signature: {@code unsecuredLoginStringClaim_sub} in {@code sasl.jaas.config} names the user.
         */
        public Builder saslOauthBearer() {
            oauthBearer = true;
            return this;
        }

        /**
         * Lets only clients in that use TLS. The server certificate is for 127.0.0.1 and localhost and is signed by a
         * CA made for this data folder, see {@link EmbeddedKafka#certificateAuthority}. Needs the {@code keytool} of
         * this JVM; takes a second or two.
         */
        public Builder tls() {
            tls = true;
            return this;
        }

        /**
         * TLS as {@link #tls}, and lets only clients in that show a certificate of the same authority.
         * {@link EmbeddedKafka#clientProperties} has one; others come from {@link CertificateAuthority#issue}.
         */
        public Builder clientCertificates() {
            clientCertificates = true;
            return tls();
        }

        /**
         * Lets clients do only what ACLs allow, in the beginning nothing; an admin client with
         * {@link EmbeddedKafka#adminProperties} makes them. A client is {@code User:} and its user name, or {@code CN=}
         * and the name in its certificate. Needs users or client certificates.
         */
        public Builder acls() {
            acls = true;
            return this;
        }

        /**
         * Puts a {@link TcpProxy} between clients and each node, see {@link EmbeddedKafka#proxy}. Clients know the
         * proxies' addresses only; {@link #ports} are then the nodes' own, behind them. The nodes among themselves and
         * {@link EmbeddedKafka#adminProperties} do not go through it.
         */
        public Builder proxied() {
            proxied = true;
            return this;
        }

        private ClientSecurity security(Path tlsFolder) {
            ClientSecurity.Tls files = null;
            if (tls) {
                CertificateAuthority authority = CertificateAuthority.in(tlsFolder);
                files = new ClientSecurity.Tls(
                        authority,
                        authority.keep("server", LoopbackPorts.HOST, "localhost"),
                        clientCertificates ? authority.keep("client") : null);
            }
            return new ClientSecurity(
                    new LinkedHashMap<>(plainUsers), new LinkedHashMap<>(scramUsers), oauthBearer, files, acls);
        }

        /**
         * Starts it, and returns when all nodes serve.
         *
         * @throws EmbeddedKafkaException if a port is taken, the data folder belongs to another number of nodes or to a
         *     running broker, or a property is wrong
         * @throws IllegalArgumentException if there are not as many ports as nodes, or ACLs without anybody to tell
         *     apart
         */
        public EmbeddedKafka start() {
            boolean anonymous = plainUsers.isEmpty() && scramUsers.isEmpty() && !oauthBearer && !clientCertificates;
            if (acls && anonymous) {
                throw new IllegalArgumentException("ACLs without users or client certificates: every client would be"
                        + " the same user as the brokers");
            }
            if (ports != null && ports.length != nodes) {
                throw new IllegalArgumentException(
                        "Not one port per node: " + nodes + " node(s), ports " + Arrays.toString(ports));
            }
            return new EmbeddedKafka(this);
        }
    }
}
