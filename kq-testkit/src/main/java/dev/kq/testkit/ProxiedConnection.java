package dev.kq.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Carries the bytes of one client's connection, both ways, as late and as slowly as the {@link TcpProxy.Faults} say. An
 * end or a reset on one side becomes one on the other. Confined to the proxy's thread.
 */
final class ProxiedConnection {
    private static final long NOTHING_DUE = Long.MAX_VALUE;
    private static final int CHUNK = 64 * 1024;
    private static final long MAX_WAITING = 4L << 20;
    /** With a limit, so much is sent at once as the limit allows in the time given. */
    private static final long SLICES_PER_SECOND = 50;

    private final TcpProxy.Faults faults;
    private final Consumer<ProxiedConnection> whenEnded;
    private final Selector selector;
    private final SocketChannel client;
    private final SocketChannel server;
    private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    private final Flow up;
    private final Flow down;

    /** Bytes were swallowed: what comes behind them would make no sense to the other side. */
    private boolean silenced;

    private boolean ended;

    ProxiedConnection(
            SocketChannel client,
            InetSocketAddress address,
            Selector selector,
            TcpProxy.Faults faults,
            Consumer<ProxiedConnection> whenEnded)
            throws IOException {
        this.client = client;
        this.selector = selector;
        this.faults = faults;
        this.whenEnded = whenEnded;
        server = SocketChannel.open();
        for (SocketChannel channel : new SocketChannel[] {client, server}) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.register(selector, SelectionKey.OP_READ);
        }
        up = new Flow(client, server, faults.upstream);
        down = new Flow(server, client, faults.downstream);
        try {
            server.connect(address);
        } catch (IOException e) {
            ended = true;
            closeWithReset(client);
            closeWithReset(server);
            throw e;
        }
    }

    /** Whether it can never carry anything again. */
    boolean silenced() {
        return silenced;
    }

    /**
     * Moves what can be moved at this time and asks the selector for what comes next.
     *
     * @return the nanoseconds until something is due by the clock, {@link Long#MAX_VALUE} if nothing is
     */
    long move(long now) {
        try {
            if (server.isConnectionPending() && !server.finishConnect()) {
                ask(server, SelectionKey.OP_CONNECT);
                ask(client, 0);
                return NOTHING_DUE;
            }
            silenced |= faults.halfOpen;
            if (silenced) {
                swallow(client);
                swallow(server);
                return NOTHING_DUE;
            }
            up.move(now);
            down.move(now);
            if (up.finished && down.finished) {
                end();
                return NOTHING_DUE;
            }
            ask(client, up.readInterest() | down.writeInterest());
            ask(server, down.readInterest() | up.writeInterest());
            return Math.min(up.dueIn(now), down.dueIn(now));
        } catch (IOException e) {
            reset();
            return NOTHING_DUE;
        }
    }

    private void ask(SocketChannel channel, int interest) {
        channel.keyFor(selector).interestOps(interest);
    }

    /** Keeps both sides open, whatever one of them does: nobody on the other side would hear of it. */
    private void swallow(SocketChannel from) {
        int read = 1;
        try {
            while (read > 0) {
                read = from.read(buffer.clear());
            }
        } catch (IOException e) {
            read = -1;
        }
        ask(from, read < 0 ? 0 : SelectionKey.OP_READ);
    }

    /** Ends both sides as if they had never known of a connection. */
    void reset() {
        if (!ended) {
            ended = true;
            closeWithReset(client);
            closeWithReset(server);
            whenEnded.accept(this);
        }
    }

    private void end() throws IOException {
        ended = true;
        client.close();
        server.close();
        whenEnded.accept(this);
    }

    private static void closeWithReset(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.close();
        } catch (IOException e) {
            // it was reset from the other side
        }
    }

    private record Chunk(ByteBuffer bytes, long arrived) {}

    /** One direction. */
    private final class Flow {
        private final SocketChannel from;
        private final SocketChannel to;
        private final TcpProxy.Way way;
        private final Deque<Chunk> waiting = new ArrayDeque<>();
        private long waitingBytes;
        private boolean atEnd;
        private boolean finished;
        private boolean stuffed;
        private long earliestWrite = System.nanoTime();

        Flow(SocketChannel from, SocketChannel to, TcpProxy.Way way) {
            this.from = from;
            this.to = to;
            this.way = way;
        }

        void move(long now) throws IOException {
            read(now);
            write(now);
            if (atEnd && waiting.isEmpty() && !finished) {
                finished = true;
                to.shutdownOutput();
            }
        }

        private void read(long now) throws IOException {
            while (!atEnd && waitingBytes < MAX_WAITING) {
                int read = from.read(buffer.clear());
                if (read <= 0) {
                    atEnd = read < 0;
                    return;
                }
                waiting.add(
                        new Chunk(ByteBuffer.allocate(read).put(buffer.flip()).flip(), now));
                waitingBytes += read;
            }
        }

        private void write(long now) throws IOException {
            stuffed = false;
            for (Chunk first = waiting.peek(); first != null && !stuffed; first = waiting.peek()) {
                if (dueIn(now) > 0) {
                    return;
                }
                int written = to.write(allowed(first.bytes));
                stuffed = written == 0;
                first.bytes.position(first.bytes.position() + written);
                waitingBytes -= written;
                if (way.bandwidth > 0) {
                    earliestWrite = Math.max(now, earliestWrite) + written * 1_000_000_000L / way.bandwidth;
                }
                if (!first.bytes.hasRemaining()) {
                    waiting.remove();
                }
            }
        }

        private ByteBuffer allowed(ByteBuffer bytes) {
            long limit = way.bandwidth;
            long slice = limit == 0 ? bytes.remaining() : Math.max(1, limit / SLICES_PER_SECOND);
            return bytes.slice(bytes.position(), (int) Math.min(bytes.remaining(), slice));
        }

        /** By the faults of this moment, so that less latency hurries on what waits already. */
        long dueIn(long now) {
            Chunk first = waiting.peek();
            if (first == null || stuffed) {
                return NOTHING_DUE;
            }
            long byLatency = first.arrived + way.latencyNanos - now;
            long byBandwidth = way.bandwidth == 0 ? 0 : earliestWrite - now;
            return Math.max(0, Math.max(byLatency, byBandwidth));
        }

        int readInterest() {
            return atEnd || waitingBytes >= MAX_WAITING ? 0 : SelectionKey.OP_READ;
        }

        int writeInterest() {
            return stuffed ? SelectionKey.OP_WRITE : 0;
        }
    }
}
