package dev.kq.examples;

import com.sun.net.httpserver.HttpServer;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.WorkerKind;
import dev.kq.pusher.Pusher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP call for each message, 100 of them under way at the same time. The service that is called runs in this JVM
 * and takes 50 ms for an answer.
 */
public final class AsyncCalls {
    private static final int MESSAGES = 1000;
    private static final int CALL_MILLIS = 50;

    private AsyncCalls() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        HttpServer server = slowServer();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        CountDownLatch answered = new CountDownLatch(MESSAGES);
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-calls")) {
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-calls")) {
                for (int i = 0; i < MESSAGES; i++) {
                    pusher.push("call " + i);
                }
            }
            KqConf conf = kafka.conf("async-calls.yaml");
            if (Runtime.version().feature() < 21) {
                System.out.println("This Java has no virtual threads: 100 platform threads wait instead");
                conf = conf.toBuilder().workers(WorkerKind.PLATFORM).build();
            }
            try (KqQueue queue = KqQueue.builder(conf)
                    .asyncHandler(message -> client.sendAsync(
                                    HttpRequest.newBuilder(uri)
                                            .POST(HttpRequest.BodyPublishers.ofByteArray(message.valueBytes()))
                                            .build(),
                                    BodyHandlers.discarding())
                            .thenCompose(response -> response.statusCode() == 204
                                    ? CompletableFuture.completedFuture(response)
                                    : CompletableFuture.failedFuture(
                                            new IOException("status " + response.statusCode())))
                            .thenRun(answered::countDown)) // the message is done when this stage is
                    .build()) {
                long begin = System.nanoTime();
                queue.start();
                answered.await();
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
                System.out.println(MESSAGES + " calls of " + CALL_MILLIS + " ms each, answered within " + millis
                        + " ms; one after the other they take " + MESSAGES * CALL_MILLIS + " ms");
            }
        } finally {
            server.stop(0);
        }
    }

    /** Answers each call after some time, without a thread that waits. */
    private static HttpServer slowServer() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), MESSAGES);
        server.createContext("/", exchange -> {
            var later = CompletableFuture.delayedExecutor(CALL_MILLIS, TimeUnit.MILLISECONDS);
            later.execute(() -> {
                try (exchange) {
                    exchange.sendResponseHeaders(204, -1);
                } catch (IOException e) {
                    System.err.println(e); // the caller has gone
                }
            });
        });
        server.start();
        return server;
    }
}
