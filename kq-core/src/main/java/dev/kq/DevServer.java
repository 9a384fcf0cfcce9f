package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.kq.conf.ServiceConf;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the queues of a process over HTTP: whether they are live and ready, their state as a page and as JSON, metrics,
 * threads. It listens only if the section {@code DevServer} is written, on loopback unless {@code Host} says otherwise,
 * and changes something only for those who have {@code Token}.
 *
 * <pre>{@code
 * DevServer dev = new DevServer(conf.service(), prometheus::scrape).add(orders).add(mails);
 * group.add(dev);                        // stops after the queues, so that it shows their stop
 * }</pre>
 *
 * <p>Started once and stopped once. All methods may be called from every thread. Its own threads are daemons. kq:
 * go-zero's {@code devserver}; {@code docs/dev-server.md} has the paths and what differs.
 */
public final class DevServer implements Service, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DevServer.class);
    private static final int THREADS = 8;
    private static final int WAITING_REQUESTS = 64;
    private static final Duration LONGEST_STOP = Duration.ofSeconds(1);

    private final ServiceConf conf;
    private final @Nullable Supplier<String> metrics;
    private final List<KqQueue> queues = new CopyOnWriteArrayList<>();

    /** Its own port first, if it has one; the port that only has metrics. */
    @GuardedBy("this")
    private final List<HttpServer> servers = new ArrayList<>();

    @GuardedBy("this")
    private final List<ThreadPoolExecutor> threads = new ArrayList<>();

    @GuardedBy("this")
    private int port = -1;

    @GuardedBy("this")
    private boolean started;

    @GuardedBy("this")
    private boolean over;

    /** A server without metrics. Nothing listens before {@link #start()}. */
    public DevServer(ServiceConf conf) {
        this.conf = Objects.requireNonNull(conf, "conf");
        this.metrics = null;
    }

    /**
     * A server with metrics. Nothing listens before {@link #start()}.
     *
     * @param metrics gives all metrics in Prometheus' text format, such as {@code PrometheusMeterRegistry::scrape};
     *     called by several threads
     */
    public DevServer(ServiceConf conf, Supplier<String> metrics) {
        this.conf = Objects.requireNonNull(conf, "conf");
        this.metrics = Objects.requireNonNull(metrics, "metrics");
    }

    /**
     * Shows this queue too, whatever state it is in. It is neither started nor stopped with the server.
     *
     * @return this server
     * @throws KqException if there is another queue of that name
     */
    public synchronized DevServer add(KqQueue queue) {
        if (queues.stream().anyMatch(other -> other.name().equals(queue.name()))) {
            throw new KqException("the DevServer has a queue named " + queue.name() + "; give one another Name");
        }
        queues.add(queue);
        return this;
    }

    /**
     * Listens; does nothing if {@code DevServer} is not written or not enabled. With metrics, it also serves them alone
     * where {@code Prometheus} says, if that has a {@code Host}.
     *
     * @throws KqException if an address cannot be used, or the server was started or stopped before
     */
    @Override
    public synchronized void start() {
        if (started || over) {
            throw new KqException("the DevServer was " + (over ? "stopped" : "started") + " before; make a new one");
        }
        started = true;
        ServiceConf.DevServer section = conf.devServer();
        if (section.enabled()) {
            InetSocketAddress address = section.host().isEmpty()
                    ? new InetSocketAddress(InetAddress.getLoopbackAddress(), section.port())
                    : new InetSocketAddress(section.host(), section.port());
            port = listen(
                    "DevServer",
                    address,
                    new DevRequests(
                            conf,
                            queues,
                            metrics,
                            address.getAddress() != null && address.getAddress().isLoopbackAddress()));
        }
        ServiceConf.Prometheus prometheus = conf.prometheus();
        if (metrics != null && !prometheus.host().isEmpty()) {
            listen(
                    "Prometheus",
                    new InetSocketAddress(prometheus.host(), prometheus.port()),
                    onlyMetrics(prometheus.path(), metrics));
        }
    }

    @GuardedBy("this")
    private int listen(String section, InetSocketAddress address, HttpHandler handler) {
        if (address.isUnresolved()) {
            throw new KqException(section + ".Host: no address is known for " + address.getHostString());
        }
        String host = address.getAddress().getHostAddress();
        HttpServer made;
        try {
            made = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new KqException(
                    "the DevServer cannot listen on " + host + ":" + address.getPort() + " (" + section + "): "
                            + e.getMessage(),
                    e);
        }
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_REQUESTS),
                WorkerThreads.platform("kq-dev-server-"));
        pool.allowCoreThreadTimeOut(true);
        made.setExecutor(pool);
        made.createContext("/", handler);
        // The JDK's own thread that listens is a daemon if the one that starts it is.
        CompletableFuture.runAsync(
                        made::start,
                        task -> WorkerThreads.platform("kq-dev-server-start-")
                                .newThread(task)
                                .start())
                .join();
        servers.add(made);
        threads.add(pool);
        log.info(
                "the DevServer listens on http://{}:{} ({})",
                host,
                made.getAddress().getPort(),
                section);
        return made.getAddress().getPort();
    }

    /** What a Prometheus server asks for, and nothing else: the port may be open to more than the process's owner. */
    private static HttpHandler onlyMetrics(String path, Supplier<String> metrics) {
        return exchange -> {
            try (exchange) {
                boolean asked = exchange.getRequestMethod().equals("GET")
                        && exchange.getRequestURI().getRawPath().equals(path);
                byte[] body = (asked ? metrics.get() : "there is GET " + path + "\n").getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                exchange.sendResponseHeaders(asked ? 200 : 404, body.length);
                exchange.getResponseBody().write(body);
            }
        };
    }

    /** Where {@code DevServer} listens; -1 if it does not. */
    public synchronized int port() {
        return port;
    }

    /** Closes the ports and ends what is being answered, in a second at most. */
    @Override
    public void stop(Duration timeout) {
        List<HttpServer> stopping;
        List<ThreadPoolExecutor> pools;
        synchronized (this) {
            over = true;
            port = -1;
            stopping = List.copyOf(servers);
            pools = List.copyOf(threads);
            servers.clear();
            threads.clear();
        }
        stopping.forEach(server -> server.stop(0));
        pools.forEach(ThreadPoolExecutor::shutdownNow);
        Duration most = timeout.compareTo(LONGEST_STOP) < 0 ? timeout : LONGEST_STOP;
        long deadline = System.nanoTime() + most.toNanos();
        try {
            for (ThreadPoolExecutor pool : pools) {
                if (!pool.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    log.debug("a request to the DevServer is still being answered and left behind");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The same as {@link #stop(Duration)}. */
    @Override
    public void close() {
        stop(LONGEST_STOP);
    }

    /** {@link Service.Phase#TELEMETRY}: it is there while the others start and stop. */
    @Override
    public Phase phase() {
        return Phase.TELEMETRY;
    }
}
