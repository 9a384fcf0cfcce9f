package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.conf.ServiceConf;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server answers, with queues on scripted consumers. */
@Timeout(120)
class DevServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "open sesame";
    private static final String OFF = "Name: shop";
    private static final String ON = "Name: shop\nDevServer: {Port: 0}";
    private static final String WITH_TOKEN = "Name: shop\nDevServer: {Port: 0, Token: " + TOKEN + "}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final ScriptedConsumer consumer = ScriptedConsumer.earliest(T0);
    private final CountDownLatch release = new CountDownLatch(1);
    private DevServer server = new DevServer(ServiceConf.DEFAULT);
    private KqQueue queue = queue("orders", (key, value) -> {});

    /** Else the queue finds out after a few seconds that there is none. */
    @BeforeEach
    void topicIsThere() {
        consumer.updatePartitions("t", List.of(new PartitionInfo("t", 0, null, null, null)));
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
        queue.close();
    }

    @Test
    void sectionThatIsNotWritten_listensNowhere() {
        server = new DevServer(ServiceConf.parse(OFF)).add(queue);
        server.start();
        assertThat(server.port()).isEqualTo(-1);
        assertThatThrownBy(() -> server.add(queue("orders", (key, value) -> {})))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("named orders");
    }

    @Test
    void portThatIsTaken_failsTheStart_andSaysWhich() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server = new DevServer(ServiceConf.parse("DevServer: {Port: " + taken.getLocalPort() + "}"));
            assertThatThrownBy(server::start)
                    .isInstanceOf(KqException.class)
                    .hasMessage("the DevServer cannot listen on 127.0.0.1:" + taken.getLocalPort()
                            + " (DevServer): Address already in use");
        }
    }

    @Test
    void prometheusSection_servesTheMetricsAndNothingElse() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String yaml = "Name: shop\nPrometheus: {Host: 127.0.0.1, Port: " + port + ", Path: /m}";
        server = new DevServer(ServiceConf.parse(yaml), () -> "kq_records_handled_total 5\n").add(queue);
        server.start();
        assertThat(server.port()).isEqualTo(-1);
        HttpResponse<String> metrics = get(port, "/m");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.body()).isEqualTo("kq_records_handled_total 5\n");
        for (String path : List.of("/", "/queues", "/healthz", "/debug/threads", "/m/x")) {
            assertThat(get(port, path).statusCode()).as(path).isEqualTo(404);
        }
        server.close();
        assertThatThrownBy(() -> get(port, "/m")).isInstanceOf(IOException.class);
    }

    private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void queueThatWasNotStarted_isLiveAndNotReady_andReadyWhenItIsInTheGroup() throws Exception {
        consumer.member(false);
        serve(ON);
        assertHealth("/healthz", 200, "OK", "orders: not running");
        assertHealth("/readyz", 503, "Service Unavailable", "orders: not running");
        queue.start();
        consumer.awaitPolls(2);
        assertHealth("/healthz", 200, "OK", "orders: fetcher 0 is not in the group yet");
        assertHealth("/readyz", 503, "Service Unavailable", "orders: fetcher 0 is not in the group yet");
        assertThat(queue.health().status()).isEqualTo(Health.Status.UP);
        consumer.member(true);
        Eventually.await("ready", () -> queue.health().ready());
        JsonNode ready = assertHealth("/readyz", 200, "OK");
        assertThat(ready.at("/queues/0/name").asText()).isEqualTo("orders");
        assertThat(ready.at("/queues/0/status").asText()).isEqualTo("UP");
        queue.stop();
        assertHealth("/healthz", 200, "OK", "orders: not running");
        assertHealth("/readyz", 503, "Service Unavailable", "orders: not running");
    }

    @Test
    void errorOfAHandler_endsTheLife() throws Exception {
        queue = queue("orders", (key, value) -> {
            throw new LinkageError("half an upgrade");
        });
        serve(ON);
        startWithRecords(1);
        assertThat(queue.ended().toCompletableFuture()).failsWithin(Duration.ofSeconds(20));
        String reason = "orders: stopped by java.lang.LinkageError: half an upgrade";
        assertHealth("/healthz", 503, "Service Unavailable", reason);
        assertHealth("/readyz", 503, "Service Unavailable", reason);
    }

    @Test
    void fetcherThatDoesNotComeRound_isNotLive() throws Exception {
        queue.start();
        consumer.awaitPolls(2);
        Eventually.await("ready", () -> queue.health().ready());
        long bound = Membership.longestRound(conf("orders")).toNanos();
        long before = System.nanoTime();
        consumer.awaitPolls(2);
        assertThat(queue.health(before + bound).live())
                .as("it came round since")
                .isTrue();
        CountDownLatch inside = new CountDownLatch(1);
        consumer.insidePoll(() -> {
            inside.countDown();
            uninterruptibly(release);
        });
        inside.await();
        assertThat(queue.health(System.nanoTime() + bound / 2).live()).isTrue();
        Health later = queue.health(System.nanoTime() + bound + 1);
        assertThat(later.live()).isFalse();
        assertThat(later.ready()).isFalse();
        assertThat(later.status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(later.reasons()).singleElement().asString().matches("fetcher 0 has not polled for \\d+ s");
        release.countDown();
    }

    @Test
    void healthResponse_andPaths_areThoseOfTheSection() throws Exception {
        serve(
                "DevServer: {Port: 0, HealthPath: alive, HealthResponse: fine, EnablePprof: false, EnableMetrics: false}");
        assertHealth("/alive", 200, "fine", "orders: not running");
        assertThat(get("/healthz").statusCode()).isEqualTo(404);
        assertThat(get("/debug/threads").statusCode()).isEqualTo(404);
        assertThat(get("/metrics").body()).contains("EnableMetrics is false");
        assertThat(get("/nothing").body()).contains("/queues", "/alive", "/readyz");
    }

    @Test
    void state_hasTheQueueWithAllThatIsThere_andNoSecret() throws Exception {
        queue = KqQueue.builder(conf("orders"))
                .commitInterval(Duration.ofHours(1))
                .consumers(n -> consumer)
                .errorHandler((message, exception, attempt) -> {})
                .handler((key, value) -> {
                    if ("bad".equals(key)) {
                        throw new IllegalArgumentException("no");
                    }
                    release.await();
                })
                .build();
        serve(ON);
        queue.start();
        consumer.insidePoll(() -> {
            consumer.rebalance(List.of(T0));
            consumer.addRecord(record(0, "a"));
            consumer.addRecord(record(1, "a"));
            consumer.addRecord(record(2, "bad"));
            consumer.updateEndOffsets(Map.of(T0, 5L));
        });
        Eventually.await(
                "handling",
                () -> state().at("/inHandler/oldest").asText().equals("t-0@0")
                        && state().at("/errors").size() > 0
                        && state().at("/partitions/0/lag").asInt() == 5);
        JsonNode state = state();
        assertThat(state.at("/name").asText()).isEqualTo("orders");
        assertThat(state.at("/group").asText()).isEqualTo("g");
        assertThat(state.at("/lag").asInt()).isEqualTo(5);
        assertThat(state.at("/processors").asInt()).isEqualTo(3);
        assertThat(state.at("/held").asInt()).isEqualTo(3);
        assertThat(state.at("/lanes").asInt()).isEqualTo(2);
        assertThat(state.at("/paused/byUser").asBoolean()).isFalse();
        assertThat(state.at("/inHandler/oldest").asText()).isEqualTo("t-0@0");
        assertThat(state.at("/inHandler/oldestSeconds").isNumber()).isTrue();
        assertThat(state.at("/fetchers/0/joined").asBoolean()).isTrue();
        JsonNode partition = state.at("/partitions/0");
        assertThat(partition.at("/topic").asText()).isEqualTo("t");
        assertThat(partition.at("/watermark").asInt(-1)).isZero();
        assertThat(partition.at("/position").asInt()).isEqualTo(3);
        assertThat(partition.at("/committed").isNull()).isTrue();
        JsonNode error = state.at("/errors/0");
        assertThat(error.at("/exception").asText()).isEqualTo("java.lang.IllegalArgumentException");
        assertThat(error.at("/message").asText()).isEqualTo("no");
        assertThat(error.at("/offset").asInt()).isEqualTo(2);
        assertThat(state.at("/settings/Processors").asText()).isEqualTo("3");
        assertThat(state.at("/settings/Password").asText()).isEqualTo("******");
        String all = get("/queues").body();
        assertThat(all).doesNotContain("hunter2", "\"v0\"", "\"a\"").contains("\"service\" : \"shop\"");
        assertThat(at(all, "/changes").asBoolean()).isFalse();
    }

    @Test
    void lastErrors_areBounded_andAskTheUsersHandlerToo() {
        int[] told = new int[1];
        LastErrors errors = new LastErrors((message, exception, attempt) -> told[0]++);
        for (int i = 0; i < 30; i++) {
            errors.onError(new Message(record(i, "k"), 1), new Exception("x".repeat(1_000)), 1);
        }
        assertThat(told[0]).isEqualTo(30);
        assertThat(errors.all()).hasSize(LastErrors.KEPT);
        assertThat(errors.all().get(0).offset()).isEqualTo(29);
        assertThat(errors.all().get(0).text()).hasSize(301);
    }

    @Test
    void root_isThePageForBrowsers_andJsonForOthers() throws Exception {
        serve(ON);
        HttpResponse<String> page = send(request("/").header("Accept", "text/html,*/*"));
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        String policy = page.headers().firstValue("Content-Security-Policy").orElse("");
        String nonce = policy.replaceFirst(".*script-src 'nonce-([^']+)'.*", "$1");
        assertThat(policy).startsWith("default-src 'none'").contains("frame-ancestors 'none'");
        assertThat(page.body())
                .contains("<script nonce=\"" + nonce + "\">", "<style nonce=\"" + nonce + "\">")
                .doesNotContain("NONCE", "http:", "https:", "innerHTML");
        HttpResponse<String> again = send(request("/").header("Accept", "text/html"));
        assertThat(again.body()).as("a nonce is used once").doesNotContain(nonce);
        assertThat(at(get("/").body(), "/queues/0/name").asText()).isEqualTo("orders");
        HttpResponse<String> head = send(request("/healthz").method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(send(request("/").DELETE()).statusCode()).isEqualTo(405);
    }

    @Test
    void metrics_areWhatTheApplicationGives() throws Exception {
        serve(ON);
        assertThat(get("/metrics").statusCode()).isEqualTo(404);
        assertThat(get("/metrics").body()).contains("give the DevServer a PrometheusMeterRegistry::scrape");
        server.close();
        server = new DevServer(ServiceConf.parse(ON), () -> "kq_lag 1\n");
        server.start();
        assertThat(get("/metrics").body()).isEqualTo("kq_lag 1\n");
        assertThat(get("/metrics").headers().firstValue("Content-Type"))
                .contains("text/plain; version=0.0.4; charset=utf-8");
        server.close();
        server = new DevServer(ServiceConf.parse(ON), () -> {
            throw new IllegalStateException("no scrape");
        });
        server.start();
        assertThat(get("/metrics").statusCode()).isEqualTo(500);
    }

    @Test
    void threads_areShownWithTheirStacks() throws Exception {
        serve(ON);
        assertThat(get("/debug/threads").body())
                .contains("\"kq-dev-server-", " daemon RUNNABLE", "dev.kq.ThreadDump.text(");
    }

    @Test
    void change_withoutAConfiguredToken_isRefused() throws Exception {
        serve(ON);
        queue.start();
        assertThat(post("orders/pause", "", "").statusCode()).isEqualTo(403);
        assertThat(post("orders/pause", "", null).body()).contains("DevServer.Token is not set");
        assertThat(state().at("/paused/byUser").asBoolean()).isFalse();
    }

    @Test
    void change_needsTheToken() throws Exception {
        serve(WITH_TOKEN);
        queue.start();
        for (String wrong : new String[] {null, "", "open sesam", "open sesame!", "Open sesame"}) {
            assertThat(post("orders/pause", "", wrong).statusCode()).isEqualTo(403);
        }
        assertThat(get("/queues").body()).doesNotContain(TOKEN).contains("\"changes\" : true");
        assertThat(state().at("/paused/byUser").asBoolean()).isFalse();
        assertThat(post("orders/pause", "", TOKEN).statusCode()).isEqualTo(200);
        assertThat(state().at("/paused/byUser").asBoolean()).isTrue();
        assertThat(post("orders/resume", "", TOKEN).statusCode()).isEqualTo(200);
        assertThat(state().at("/paused/byUser").asBoolean()).isFalse();
    }

    @Test
    void processors_areSet_withinTheirBounds() throws Exception {
        serve(WITH_TOKEN);
        assertThat(post("orders/processors", "7", TOKEN).statusCode())
                .as("not started")
                .isEqualTo(409);
        queue.start();
        assertThat(post("orders/processors", "7", TOKEN).statusCode()).isEqualTo(200);
        assertThat(state().at("/processors").asInt()).isEqualTo(7);
        for (String wrong : new String[] {"", "0", "-1", "100001", "seven", "1e3"}) {
            assertThat(post("orders/processors", wrong, TOKEN).statusCode()).isEqualTo(400);
        }
        assertThat(post("orders/processors", "7".repeat(65), TOKEN).statusCode())
                .isEqualTo(413);
        assertThat(post("other/pause", "", TOKEN).statusCode()).isEqualTo(404);
        assertThat(post("orders/drop", "", TOKEN).statusCode()).isEqualTo(404);
        assertThat(state().at("/processors").asInt()).isEqualTo(7);
    }

    @Test
    void queues_shareTheServer_andAreKnownByTheirNames() throws Exception {
        String name = "mail/ + <b>ä";
        try (KqQueue mails = queue(name, (key, value) -> {})) {
            serve(WITH_TOKEN);
            server.add(mails);
            assertThat(post("mail%2F%20+%20%3Cb%3E%C3%A4/pause", "", TOKEN).statusCode())
                    .isEqualTo(200);
            String all = get("/queues").body();
            assertThat(at(all, "/queues/0/paused/byUser").asBoolean()).isFalse();
            assertThat(at(all, "/queues/1/paused/byUser").asBoolean()).isTrue();
            assertThat(at(all, "/queues/1/name").asText()).isEqualTo(name);
            assertHealth("/readyz", 503, "Service Unavailable", "orders: not running", name + ": not running");
        }
    }

    @Test
    void hostOfSomebodyElse_isRefusedOnLoopback() throws Exception {
        serve(WITH_TOKEN);
        for (String good : new String[] {"localhost", "LOCALHOST:1", "127.0.0.1:" + server.port(), "[::1]:6060"}) {
            assertThat(raw("GET /queues HTTP/1.1\r\nHost: " + good + "\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 200");
        }
        for (String bad : new String[] {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:6060"}) {
            assertThat(raw("GET /queues HTTP/1.1\r\nHost: " + bad + "\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void host_thatIsWritten_mayHaveAnyName() throws Exception {
        serve("DevServer: {Port: 0, Host: 0.0.0.0}");
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: 10.1.2.3:6060\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        server.close();
        server = new DevServer(ServiceConf.parse("DevServer: {Port: 0, Host: nowhere.invalid}"));
        assertThatThrownBy(server::start)
                .isInstanceOf(KqException.class)
                .hasMessage("DevServer.Host: no address is known for nowhere.invalid");
    }

    @Test
    void stop_closesThePort_andEndsItsThreads_alsoWhileARequestIsAnswered() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        server = new DevServer(ServiceConf.parse(ON), () -> {
            asked.countDown();
            uninterruptibly(release);
            return "";
        });
        server.start();
        int port = server.port();
        var unused = client.sendAsync(request("/metrics").build(), BodyHandlers.ofString());
        asked.await();
        server.stop(Duration.ofMillis(100));
        assertThat(server.port()).isEqualTo(-1);
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
        assertThatThrownBy(server::start).isInstanceOf(KqException.class).hasMessageContaining("stopped before");
        release.countDown();
        Eventually.await(
                "no threads",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("kq-dev-server-")));
    }

    @Test
    void group_startsItFirst_andStopsItLast() {
        server = new DevServer(ServiceConf.parse(ON)).add(queue);
        try (ServiceGroup group = new ServiceGroup(Duration.ofSeconds(20))) {
            group.add(queue);
            group.add(server);
            group.start();
            assertThat(server.port()).isPositive();
            Eventually.await("ready", () -> queue.health().ready());
            assertThat(group.stop().left()).isEmpty();
        }
        assertThat(server.port()).isEqualTo(-1);
        assertThat(server.phase()).isEqualTo(Service.Phase.TELEMETRY);
    }

    private void serve(String yaml) {
        server = new DevServer(ServiceConf.parse(yaml)).add(queue);
        server.start();
    }

    private static KqConf conf(String name) {
        return KqConf.builder()
                .name(name)
                .brokers("localhost:1")
                .username("ali")
                .password("hunter2")
                .group("g")
                .topic("t")
                .offset(StartOffset.FIRST)
                .consumers(1)
                .processors(3)
                .retry(new RetryConf(3, Duration.ofHours(1), Duration.ofHours(1), 1, 0))
                .build();
    }

    private KqQueue queue(String name, ConsumeHandler handler) {
        return KqQueue.builder(conf(name))
                .consumers(n -> consumer)
                .handler(handler)
                .build();
    }

    private void startWithRecords(int count) {
        queue.start();
        consumer.insidePoll(() -> {
            consumer.rebalance(List.of(T0));
            for (int i = 0; i < count; i++) {
                consumer.addRecord(record(i, "k" + i));
            }
        });
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> post(String path, String body, String token) throws Exception {
        HttpRequest.Builder request = request("/queues/" + path).POST(BodyPublishers.ofString(body));
        return send(token == null ? request : request.header("Authorization", "Bearer " + token));
    }

    private JsonNode state() {
        try {
            return at(get("/queues").body(), "/queues/0");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode assertHealth(String path, int code, String status, String... reasons) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code);
        JsonNode json = at(answer.body(), "");
        assertThat(json.at("/status").asText()).isEqualTo(status);
        assertThat(json.at("/reasons")).extracting(JsonNode::asText).containsExactly(reasons);
        return json;
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void uninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // the stop interrupts; a handler of the worst kind goes on
            }
        }
    }

    private static JsonNode at(String text, String pointer) throws IOException {
        return JSON.readTree(text).at(pointer);
    }
}
