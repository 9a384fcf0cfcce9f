package dev.kq.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.testkit.TcpProxy.Direction;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Plain sockets through the proxy; each fault is seen by what a socket meets. */
@Timeout(30)
class TcpProxyTest {
    /** How long "nothing comes" is watched. */
    private static final int SILENCE_MILLIS = 300;

    private ServerSocket server;
    private TcpProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket();
        server.bind(LoopbackPorts.address(0));
        proxy = TcpProxy.to(server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(LoopbackPorts.address(proxy.port()), 5_000);
        return socket;
    }

    /** Both ends of one connection. */
    private record Pair(Socket client, Socket server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private Pair pair() throws IOException {
        Socket client = connect();
        return new Pair(client, server.accept());
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), UTF_8);
    }

    private static void assertSilent(Socket socket) throws IOException {
        socket.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(0);
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void bytes_goBothWays_andSoDoesTheEnd() throws Exception {
        try (Pair pair = pair()) {
            send(pair.client, "ping");
            assertThat(read(pair.server, 4)).isEqualTo("ping");
            pair.client.shutdownOutput();
            assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
            send(pair.server, "pong"); // the other half is open
            assertThat(read(pair.client, 4)).isEqualTo("pong");
            assertThat(proxy.connections()).isEqualTo(1);
            pair.server.close();
            assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(proxy.connections()).isZero();
    }

    @Test
    void manyBytes_arriveAsTheyWere_alsoWithLatency() throws Exception {
        byte[] sent = new byte[12 << 20]; // more than may wait in the proxy
        new Random(1).nextBytes(sent);
        proxy.latency(Duration.ofMillis(50));
        try (Pair pair = pair()) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                try {
                    return pair.server.getInputStream().readNBytes(sent.length);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            pair.client.getOutputStream().write(sent);
            assertThat(Arrays.equals(received.get(20, TimeUnit.SECONDS), sent)).isTrue();
        }
    }

    @Test
    void latency_delaysOneDirection_andEndsAtOnce() throws Exception {
        try (Pair pair = pair()) {
            proxy.latency(Direction.UPSTREAM, Duration.ofMillis(400));
            long from = System.nanoTime();
            send(pair.client, "a");
            assertThat(read(pair.server, 1)).isEqualTo("a");
            assertThat(System.nanoTime() - from).isGreaterThanOrEqualTo(400_000_000L);

            proxy.latency(Direction.UPSTREAM, Duration.ofHours(1));
            send(pair.client, "b");
            send(pair.server, "c"); // the other direction has none
            assertThat(read(pair.client, 1)).isEqualTo("c");
            assertSilent(pair.server);
            proxy.restore();
            assertThat(read(pair.server, 1)).isEqualTo("b");
        }
    }

    @Test
    void bandwidth_limitsOneDirection() throws Exception {
        try (Pair pair = pair()) {
            proxy.bandwidth(Direction.DOWNSTREAM, 100_000);
            long from = System.nanoTime();
            send(pair.server, "x".repeat(50_000));
            assertThat(read(pair.client, 50_000)).hasSize(50_000);
            long slow = System.nanoTime() - from;
            assertThat(slow).isBetween(450_000_000L, 5_000_000_000L); // half a second, less the first slice

            from = System.nanoTime();
            send(pair.client, "x".repeat(50_000));
            assertThat(read(pair.server, 50_000)).hasSize(50_000);
            assertThat(System.nanoTime() - from).isLessThan(slow);
        }
    }

    @Test
    void resetConnections_resetsBothEnds_andServesNewOnes() throws Exception {
        try (Pair pair = pair()) {
            proxy.resetConnections();
            assertReset(pair.client);
            assertReset(pair.server);
            assertThat(proxy.connections()).isZero();
        }
        pingArrives();
    }

    @Test
    void halfOpen_swallowsEverything_andKeepsTheConnections() throws Exception {
        try (Pair pair = pair()) {
            send(pair.client, "before");
            assertThat(read(pair.server, 6)).isEqualTo("before");
            proxy.halfOpen();
            send(pair.client, "lost");
            send(pair.server, "lost");
            assertSilent(pair.client);
            assertSilent(pair.server);
            assertThat(proxy.connections()).isEqualTo(1);
            try (Socket another = connect()) {
                send(another, "hello?");
                assertSilent(another);
                proxy.restore();
                assertReset(another);
            }
            assertReset(pair.client);
            assertReset(pair.server);
        }
        server.accept().close(); // of the one that was silent from the start
        pingArrives();
    }

    @Test
    void halfOpen_doesNotEvenTellThatOneSideIsGone() throws Exception {
        try (Pair pair = pair()) {
            proxy.halfOpen();
            pair.server.close();
            assertSilent(pair.client);
        }
    }

    @Test
    void refuse_letsNobodyIn_butKeepsThoseThatAreThere() throws Exception {
        try (Pair pair = pair()) {
            proxy.refuse();
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
            send(pair.client, "still");
            assertThat(read(pair.server, 5)).isEqualTo("still");
            proxy.restore();
            pingArrives();
        }
    }

    private void pingArrives() throws IOException {
        try (Pair pair = pair()) {
            send(pair.client, "ping");
            assertThat(read(pair.server, 4)).isEqualTo("ping");
        }
    }

    @Test
    void down_cutsAndRefuses() throws Exception {
        try (Pair pair = pair()) {
            proxy.down();
            assertReset(pair.client);
            assertReset(pair.server);
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
        }
        proxy.down();
        proxy.restore();
        proxy.restore();
        pingArrives();
    }

    @Test
    void serverThatIsAway_resetsItsClients() throws Exception {
        server.close();
        try (Socket socket = connect()) {
            assertReset(socket);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset"); // so early that connect meets it
        }
    }

    @Test
    void close_resetsConnections_givesThePortBack_andEndsItsThread() throws Exception {
        try (Pair pair = pair()) {
            assertThat(threads()).hasSize(1).allMatch(Thread::isDaemon);
            proxy.close();
            assertReset(pair.client);
            assertThat(threads()).isEmpty();
        }
        assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
        proxy.close();
        assertThatIllegalStateException().isThrownBy(proxy::halfOpen).withMessageContaining("closed");
    }

    private Thread[] threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("kq-tcp-proxy-" + proxy.port()))
                .toArray(Thread[]::new);
    }

    @Test
    void nonsense_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> TcpProxy.to(0)).withMessageContaining("0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> proxy.latency(Duration.ofMillis(-1)))
                .withMessageContaining("PT-0.001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> proxy.latency(Duration.ofHours(2)))
                .withMessageContaining("PT2H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> proxy.bandwidth(-5))
                .withMessageContaining("-5");
    }
}
