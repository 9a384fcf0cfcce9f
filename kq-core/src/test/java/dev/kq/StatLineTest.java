package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatLineTest {
    private static final Duration PERIOD = Duration.ofMillis(50);

    private final QueueCounters counters = new QueueCounters();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("test-timer-"), failure -> {});
    private final LogCapture log = new LogCapture();

    @AfterEach
    void stop() {
        timer.stop();
        log.close();
    }

    @Test
    void line_isGoZeros_andOnlyThereWhenSomethingWasHandled() {
        StatLine line = new StatLine(conf(""), PERIOD, counters, timer);
        counters.handlerTime.record(0, 2_000_000, 90);
        counters.handlerTime.record(1, 80_000_000, 10);
        counters.failed.add(3);
        line.start();
        Eventually.await("a line", () -> !told().isEmpty());
        Eventually.await("some periods", new Periods(timer, 3));
        assertThat(told())
                .singleElement()
                .asString()
                .matches("INFO \\(payments\\) - qps: 2000\\.0/s, drops: 3, avg time: 9\\.8ms, med: 2\\.[01]ms,"
                        + " 90th: 2\\.[01]ms, 99th: 8[0-9]\\.[0-9]ms, 99\\.9th: 8[0-9]\\.[0-9]ms");
    }

    /** What a user sees of this queue; one of another test may still say something. */
    private List<String> told() {
        return log.lines().stream()
                .filter(line -> !line.startsWith("DEBUG") && !line.contains("lifecycle-"))
                .toList();
    }

    @Test
    void stat_switchedOff_isSilent() {
        KqConf quiet = KqConf.parse("Brokers: a:1\nGroup: g\nTopic: t\nLog: {Stat: false}\n");
        new StatLine(quiet, PERIOD, counters, timer).start();
        counters.handlerTime.record(0, 2_000_000, 90);
        Eventually.await("some periods", new Periods(timer, 3));
        assertThat(told()).isEmpty();
    }

    @Test
    void metricsUrl_getsTheSameAsJson_andAFailureIsToldOnce() throws Exception {
        BlockingQueue<JsonNode> reports = new LinkedBlockingQueue<>();
        AtomicInteger status = new AtomicInteger(200);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/stat", exchange -> {
            try (exchange) {
                reports.add(new ObjectMapper().readTree(exchange.getRequestBody()));
                exchange.sendResponseHeaders(status.get(), -1);
            }
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/stat";
            new StatLine(conf(url), PERIOD, counters, timer).start();
            JsonNode report = next(reports);
            assertThat(report.fieldNames())
                    .toIterable()
                    .containsExactly("name", "tm", "pid", "qps", "drops", "avg", "med", "t90", "t99", "t99p9");
            assertThat(report.get("name").asText()).isEqualTo("payments");
            assertThat(report.get("pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(report.get("avg").asDouble()).isEqualTo(1);

            status.set(500);
            next(reports);
            next(reports);
            Eventually.await("the warning", () -> !warnings().isEmpty());
            status.set(204);
            next(reports);
            Eventually.await("the end of it", () -> log.lines().stream().anyMatch(line -> line.contains("again")));
            assertThat(warnings()).containsExactly("WARN queue payments: MetricsUrl takes no report: status 500");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void metricsUrl_thatIsNone_isRefused_withoutShowingIt() {
        for (String bad : List.of("file:///etc", "x", "http://", "http://u:secret@ x")) {
            assertThatThrownBy(() -> new StatLine(conf(bad), PERIOD, counters, timer))
                    .isInstanceOf(KqException.class)
                    .hasMessageContaining("MetricsUrl: not a URL")
                    .hasMessageNotContaining("secret");
        }
    }

    private JsonNode next(BlockingQueue<JsonNode> reports) throws IOException, InterruptedException {
        counters.handlerTime.record(0, 1_000_000, 1);
        JsonNode report = reports.poll(20, TimeUnit.SECONDS);
        assertThat(report).isNotNull();
        return report;
    }

    private List<String> warnings() {
        return log.lines().stream().filter(line -> line.startsWith("WARN")).toList();
    }

    private static KqConf conf(String metricsUrl) {
        return KqConf.parse("Name: payments\nBrokers: a:1\nGroup: g\nTopic: t\nMetricsUrl: '" + metricsUrl + "'\n");
    }

    /** That the timer has come round so often since it was asked first. */
    private static final class Periods implements java.util.function.BooleanSupplier {
        private final AtomicInteger left;

        Periods(QueueTimer timer, int count) {
            left = new AtomicInteger(count);
            for (int i = 1; i <= count; i++) {
                timer.after(PERIOD.multipliedBy(i + 1L).toNanos(), left::decrementAndGet);
            }
        }

        @Override
        public boolean getAsBoolean() {
            return left.get() == 0;
        }
    }
}
