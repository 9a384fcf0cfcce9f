package dev.kq.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Takes ports on 127.0.0.1 and hands the bound sockets to the brokers, so that nobody can take a port between choosing
 * it and using it. Free ports come from below the range the system gives to outgoing connections: a client that keeps
 * trying to reach a stopped node could otherwise be given that very port. Thread-safe.
 */
final class LoopbackPorts implements ServerSocketFactory, AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 1_000;

    private final Map<Integer, ServerSocketChannel> bound = new ConcurrentHashMap<>();

    @SuppressWarnings("AddressSelection") // a literal: nothing is looked up
    static InetSocketAddress address(int port) {
        return new InetSocketAddress(HOST, port);
    }

    /** Takes a free port. */
    int takeFree() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            try {
                bound.put(port, bind(port));
                return port;
            } catch (BindException taken) {
                // the next one, then
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new EmbeddedKafkaException("No free port on 127.0.0.1 between " + LOWEST + " and " + HIGHEST);
    }

    /** Takes this port, or says that it is taken. */
    int take(int port) {
        try {
            bound.put(port, bind(port));
            return port;
        } catch (BindException e) {
            throw new EmbeddedKafkaException("Port " + port + " on 127.0.0.1 is already in use", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ServerSocketChannel openServerSocket(
            String listenerName, InetSocketAddress address, int listenBacklogSize, int receiveBufferSize)
            throws IOException {
        ServerSocketChannel channel = bound.remove(address.getPort());
        if (channel == null) {
            channel = bind(address.getPort()); // a node that starts again
        }
        channel.configureBlocking(false);
        return channel;
    }

    private static ServerSocketChannel bind(int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(address(port));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Gives back the ports that no broker has picked up. */
    @Override
    public void close() {
        bound.values().removeIf(channel -> {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return true;
        });
    }
}
