package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.conf.ServiceConf;
import dev.kq.testkit.EmbeddedKafka;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server for developers with queues on a broker; its page in a browser. */
@Timeout(180)
class DevServerOnKafkaTest extends BrokerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ServiceConf ON = ServiceConf.parse("Name: shop\nDevServer: {Port: 0}");

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch release = new CountDownLatch(1);
    private DevServer server = new DevServer(ON);

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void memberWithoutAPartition_isReady(GroupMode mode) throws Exception {
        kafka.createTopic(topic, 1);
        KqQueue queue = start(mode.applyTo(conf().consumers(2)).build(), (key, value) -> {});
        server.add(queue).start();
        await().untilAsserted(() -> assertThat(get("/readyz").statusCode()).isEqualTo(200));
        await().untilAsserted(() -> assertThat(json("/queues").at("/queues/0/fetchers"))
                .extracting(fetcher -> fetcher.at("/joined").asBoolean() + " "
                        + fetcher.at("/partitions").asInt())
                .containsExactlyInAnyOrder("true 0", "true 1"));
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void brokerThatGoesAway_endsReadiness_andNotLife(GroupMode mode) throws Exception {
        try (EmbeddedKafka own = EmbeddedKafka.start()) {
            String name = own.createTopic("t", 2);
            KqConf conf = mode.applyTo(conf().brokers(own.bootstrapServers()).topic(name))
                    .build();
            KqQueue queue = start(conf, (key, value) -> {});
            server.add(queue).start();
            await().untilAsserted(() -> assertThat(get("/readyz").statusCode()).isEqualTo(200));
            own.stopNode(0);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                assertThat(get("/readyz").statusCode()).isEqualTo(503);
                assertThat(json("/readyz").at("/reasons"))
                        .extracting(JsonNode::asText)
                        .anyMatch(reason -> reason.startsWith(topic + ": no broker answers"));
            });
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
            own.startNode(0);
            await().untilAsserted(() -> assertThat(get("/readyz").statusCode()).isEqualTo(200));
            queue.close();
        }
    }

    @Test
    void missingTopic_isNotReady_andLive() throws Exception {
        KqQueue queue = start(conf().build(), (key, value) -> {});
        server.add(queue).start();
        await().untilAsserted(() -> assertThat(json("/readyz").at("/reasons"))
                .extracting(JsonNode::asText)
                .containsExactly(topic + ": the topic does not exist: " + topic));
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        kafka.createTopic(topic, 1);
        await().untilAsserted(() -> assertThat(get("/readyz").statusCode()).isEqualTo(200));
    }

    @Test
    void metrics_areThoseOfTheRegistry() throws Exception {
        kafka.createTopic(topic, 1);
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        KqQueue queue =
                start(KqQueue.builder(conf().build()).meterRegistry(registry).handler((key, value) -> {}));
        server = new DevServer(ON, registry::scrape).add(queue);
        server.start();
        assertThat(get("/metrics").body()).contains("kq_records_handled_total{queue=\"" + topic + "\"}");
    }

    /** As somebody sees it, in light and in dark, with names that would run if they were HTML. */
    @Test
    void page_showsTheQueues_andRunsNothingThatIsNotItsOwn() throws Exception {
        Path browser = browser();
        String evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
        kafka.createTopic("orders", 3);
        kafka.createTopic("mails", 2);
        KqQueue orders = start(KqQueue.builder(page("orders")
                        .queueCapacity(20)
                        .stallAfter(Duration.ofSeconds(1))
                        .retry(new RetryConf(3, Duration.ofHours(1), Duration.ofHours(1), 1, 0))
                        .build())
                .errorHandler((message, exception, attempt) -> {})
                .handler((key, value) -> {
                    if ("k3".equals(key)) {
                        throw new IllegalStateException("no account <b>4711</b>");
                    } else if ("k7".equals(key)) {
                        release.await();
                    }
                }));
        KqQueue mails = start(page("mails").build(), (key, value) -> {});
        KqQueue other = KqQueue.builder(page("mails").name(evil).build())
                .handler((key, value) -> {})
                .build();
        Kafka.push(kafka, "orders", 4_321, 50);
        Kafka.push(kafka, "mails", 2_345, 10);
        server = new DevServer(ServiceConf.parse("Name: shop\nDevServer: {Port: 0, Token: t}"))
                .add(orders)
                .add(mails)
                .add(other);
        server.start();
        await().untilAsserted(() -> assertThat(mails.handled()).isEqualTo(2_345));
        await().untilAsserted(() -> {
            JsonNode state = json("/queues").at("/queues/0");
            assertThat(state.at("/errors").size()).isPositive();
            assertThat(state.at("/reasons").size()).isEqualTo(2);
            assertThat(state.at("/paused/partitionsFull").asInt()).isPositive();
            assertThat(state.at("/lag").asLong(-1)).isPositive();
        });

        String page = browse(browser, "--dump-dom");
        long lag = json("/queues").at("/queues/0/lag").asLong();
        assertThat(page)
                .contains(">orders</h2>", "<dd>" + String.format(Locale.ROOT, "%,d", lag) + " ")
                .contains("a handler takes long: orders-", "Pause orders", "no account &lt;b&gt;4711")
                .contains("<h2>&lt;img src=x onerror=")
                .contains("<title>shop - kq</title>")
                .doesNotContain("<img", "<b>", "owned'</script>");
        Path light = Path.of("target", "dev-server.png").toAbsolutePath();
        Path dark = Path.of("target", "dev-server-dark.png").toAbsolutePath();
        browse(browser, "--screenshot=" + light, "--window-size=1000,1030");
        browse(browser, "--screenshot=" + dark, "--window-size=500,1400", "--blink-settings=preferredColorScheme=0");
        assertThat(light).isNotEmptyFile();
        assertThat(dark).isNotEmptyFile();
    }

    private KqConf.Builder page(String name) {
        return conf().name(name).topic(name).group("shop-" + name);
    }

    private static Path browser() {
        Optional<Path> found = Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "no chromium, chromium-browser or google-chrome on the PATH");
        return found.get();
    }

    /** What the browser prints. Its files are short-lived, and not in target: the path of a socket must be short. */
    private String browse(Path browser, String... what) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("kq-browser-");
        Path out = home.resolve("out.txt");
        Path errors = home.resolve("errors.txt");
        List<String> command = new ArrayList<>(List.of(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--virtual-time-budget=5000",
                "--user-data-dir=" + home.resolve("profile")));
        command.addAll(List.of(what));
        command.add("http://127.0.0.1:" + server.port() + "/");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .redirectInput(Redirect.from(new File("/dev/null")));
        builder.environment().put("HOME", home.toString());
        builder.environment().put("TMPDIR", home.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS))
                    .as("the browser ends")
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
            return Files.readString(out);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            await().ignoreExceptions().until(() -> delete(home)); // its children end a moment later
        }
    }

    private static boolean delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        return true;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        return JSON.readTree(get(path).body());
    }
}
