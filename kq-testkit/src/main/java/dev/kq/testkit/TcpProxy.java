package dev.kq.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a server on 127.0.0.1 and makes the network between them as bad as a test wants it:
 * latency, bandwidth, connections that are reset, that go silent, or that are refused. The words are those of
 * Toxiproxy: upstream is towards the server, downstream is towards the client.
 *
 * <pre>{@code
 * try (EmbeddedKafka kafka = EmbeddedKafka.builder().proxied().start()) {
 *     TcpProxy proxy = kafka.proxy(0);
 *     proxy.latency(Duration.ofMillis(200));  // each way
 *     proxy.down();                           // cut
 *     proxy.restore();
 * }
 * }</pre>
 *
 * <p>Kafka's clients connect to the address that the broker tells them, not to the one they were given. A proxy in
 * front of a broker is of use only if the broker tells the proxy's address ({@code advertised.listeners}), which
 * {@link EmbeddedKafka.Builder#proxied()} sees to.
 *
 * <p>A change is in force when the method returns, for connections that are there too. Thread-safe; one daemon thread
 * {@code kq-tcp-proxy-<port>} does all the work and ends with {@link #close()}.
 */
public final class TcpProxy implements AutoCloseable {
    /** Which way bytes go. */
    public enum Direction {
        /** From the client to the server. */
        UPSTREAM,
        /** From the server to the client. */
        DOWNSTREAM
    }

    /** How the network is one way. */
    static final class Way {
        long latencyNanos;
        /** In bytes per second; 0 is unlimited. */
        long bandwidth;
    }

    /** How the network is. */
    static final class Faults {
        final Way upstream = new Way();
        final Way downstream = new Way();
        boolean halfOpen;

        private Way way(Direction direction) {
            return switch (direction) {
                case UPSTREAM -> upstream;
                case DOWNSTREAM -> downstream;
            };
        }
    }

    private static final Duration LONGEST_LATENCY = Duration.ofHours(1);

    private final InetSocketAddress server;
    private final int port;
    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();

    /** No command is taken any more; the thread is about to end or has ended. Set under {@link #commands}. */
    private boolean closed;

    /** From here on all is confined to the thread. */
    private @Nullable ServerSocketChannel listener;

    private final Set<ProxiedConnection> connections = new HashSet<>();
    private final Faults faults = new Faults();

    private TcpProxy(InetSocketAddress server) {
        this.server = server;
        LoopbackPorts ports = new LoopbackPorts();
        port = ports.takeFree();
        try {
            selector = Selector.open();
            listener = ports.openServerSocket("", LoopbackPorts.address(port), 0, 0);
            listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            ports.close();
            throw new UncheckedIOException("No proxy on port " + port, e);
        }
        thread = new Thread(this::run, "kq-tcp-proxy-" + port);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * A proxy on a free port of 127.0.0.1 in front of a port of 127.0.0.1. The server need not be there yet: without it
     * each new connection is accepted and reset.
     *
     * @throws IllegalArgumentException if it is no port
     */
    public static TcpProxy to(int serverPort) {
        if (serverPort < 1 || serverPort > 65_535) {
            throw new IllegalArgumentException("Not a port: " + serverPort);
        }
        return new TcpProxy(LoopbackPorts.address(serverPort));
    }

    /** The port that clients connect to. */
    public int port() {
        return port;
    }

    /** Host and port that clients connect to, as {@code bootstrap.servers} wants them. */
    public String address() {
        return LoopbackPorts.HOST + ":" + port;
    }

    /** How many connections there are at the moment. */
    public int connections() {
        return ask(connections::size);
    }

    /** Delays all bytes in both directions; a round trip takes twice as long. See the one with a direction. */
    public void latency(Duration latency) {
        latency(Direction.UPSTREAM, latency);
        latency(Direction.DOWNSTREAM, latency);
    }

    /**
     * Delays bytes without making them fewer: what is sent together arrives together. Up to 4 MiB of each connection
     * and direction wait in the proxy, then it reads no more.
     *
     * @param latency at most one hour; zero for none, which is the default
     * @throws IllegalArgumentException if it is negative or longer
     */
    public void latency(Direction direction, Duration latency) {
        if (latency.isNegative() || latency.compareTo(LONGEST_LATENCY) > 0) {
            throw new IllegalArgumentException("latency is " + latency + ", must be from 0 to " + LONGEST_LATENCY);
        }
        Way way = faults.way(direction);
        tell(() -> way.latencyNanos = latency.toNanos());
    }

    /** Limits each connection in both directions. See the one with a direction. */
    public void bandwidth(long bytesPerSecond) {
        bandwidth(Direction.UPSTREAM, bytesPerSecond);
        bandwidth(Direction.DOWNSTREAM, bytesPerSecond);
    }

    /**
     * Limits how much each connection carries.
     *
     * @param bytesPerSecond more than 0, or 0 for no limit, which is the default
     * @throws IllegalArgumentException if it is negative
     */
    public void bandwidth(Direction direction, long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "bytesPerSecond is " + bytesPerSecond + ", must be 0 (no limit) or more");
        }
        Way way = faults.way(direction);
        tell(() -> way.bandwidth = bytesPerSecond);
    }

    /**
     * Resets all connections (RST, to client and server), as a firewall does that forgot them. New ones are served.
     * Toxiproxy: {@code reset_peer}.
     */
    public void resetConnections() {
        tell(this::resetAll);
    }

    /**
     * Lets all connections go silent, as when the other machine lost its power: they stay open, new ones are accepted,
     * what is sent is swallowed and nothing comes back. {@link #restore()} resets them, for the bytes are gone.
     * Toxiproxy: {@code timeout} of 0.
     */
    public void halfOpen() {
        tell(() -> faults.halfOpen = true);
    }

    /** Refuses new connections; those that are there go on. */
    public void refuse() {
        tell(this::stopListening);
    }

    /** Refuses new connections and resets those that are there. Toxiproxy: {@code down}, or {@code enabled: false}. */
    public void down() {
        tell(() -> {
            resetAll();
            stopListening();
        });
    }

    /**
     * Ends all faults: no latency, no limit, nothing refused. Connections that went silent in {@link #halfOpen()} are
     * reset.
     *
     * @throws UncheckedIOException if somebody took the port while connections were refused
     */
    public void restore() {
        tell(() -> {
            for (Direction direction : Direction.values()) {
                faults.way(direction).latencyNanos = 0;
                faults.way(direction).bandwidth = 0;
            }
            faults.halfOpen = false;
            reset(connections.stream().filter(ProxiedConnection::silenced).toList());
            listen();
        });
    }

    /** Resets all connections, gives the port back and ends the thread. Further calls do nothing. */
    @Override
    public void close() {
        synchronized (commands) {
            closed = true;
        }
        selector.wakeup();
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(Runnable command) {
        ask(() -> {
            command.run();
            return this;
        });
    }

    private <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        synchronized (commands) {
            if (closed) {
                throw new IllegalStateException("The proxy on port " + port + " is closed");
            }
            commands.add(() -> {
                try {
                    answer.complete(question.get());
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
        }
        selector.wakeup();
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    // ---- the thread's side

    private void run() {
        try {
            boolean goOn = true;
            while (goOn) {
                synchronized (commands) {
                    goOn = !closed;
                }
                for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
                    command.run();
                }
                if (goOn) {
                    serve();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The proxy on port " + port + " failed", e);
        } finally {
            end();
        }
    }

    private void serve() throws IOException {
        long now = System.nanoTime();
        long sleep = Long.MAX_VALUE;
        for (ProxiedConnection connection : Set.copyOf(connections)) {
            sleep = Math.min(sleep, connection.move(now));
        }
        if (sleep == Long.MAX_VALUE) {
            selector.select();
        } else if (sleep > 0) {
            selector.select(TimeUnit.NANOSECONDS.toMillis(sleep) + 1);
        } else {
            selector.selectNow();
        }
        selector.selectedKeys().clear(); // move asks the channels themselves
        accept();
    }

    private void accept() {
        ServerSocketChannel l = listener;
        if (l == null) {
            return;
        }
        try {
            for (SocketChannel client = l.accept(); client != null; client = l.accept()) {
                connections.add(new ProxiedConnection(client, server, selector, faults, connections::remove));
            }
        } catch (IOException e) {
            // the client is gone again
        }
    }

    /** Those too that no loop has accepted yet. */
    private void resetAll() {
        accept();
        reset(Set.copyOf(connections));
    }

    private void reset(Collection<ProxiedConnection> which) {
        which.forEach(ProxiedConnection::reset);
        closeForGood();
    }

    /** The selector keeps hold of closed channels until it is asked the next time. */
    private void closeForGood() {
        try {
            selector.selectNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stopListening() {
        ServerSocketChannel l = listener;
        if (l == null) {
            return;
        }
        accept(); // a connection that a client has already is not new
        listener = null;
        try {
            l.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        closeForGood();
    }

    private void listen() {
        if (listener != null) {
            return;
        }
        try {
            ServerSocketChannel l = ServerSocketChannel.open();
            try {
                l.bind(LoopbackPorts.address(port));
                l.configureBlocking(false);
                l.register(selector, SelectionKey.OP_ACCEPT);
                listener = l;
            } finally {
                if (listener == null) {
                    l.close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Port " + port + " is not to be had again", e);
        }
    }

    private void end() {
        synchronized (commands) {
            closed = true;
        }
        try {
            resetAll();
            stopListening();
            selector.close();
        } catch (IOException | UncheckedIOException | ClosedSelectorException e) {
            // nothing is left to be done about it
        }
        commands.forEach(Runnable::run); // who waits for an answer gets one
    }

    @Override
    public String toString() {
        return "TcpProxy[" + address() + " to " + server + "]";
    }
}
