package dev.kq;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.errors.KqException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells each minute how many records were handled and how long that took, as go-zero does: one line in the log
 * ({@code Log.Stat}), and the same as JSON by POST to {@code MetricsUrl}. Silent while nothing is handled. Called by
 * the timer; the answer to a POST comes on a thread of the HTTP client's.
 */
final class StatLine {
    private static final Logger log = LoggerFactory.getLogger(KqQueue.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration POST_TIMEOUT = Duration.ofSeconds(5);
    private static final double NANOS_PER_MILLI = 1e6;

    private final String queue;
    private final boolean logged;
    private final @Nullable URI url;
    private final Duration period;
    private final QueueCounters counters;
    private final QueueTimer timer;
    private final AtomicBoolean postsFail = new AtomicBoolean();
    private TimeHistogram.Snapshot before;
    private long failedBefore;
    private @Nullable HttpClient client;

    /** @throws KqException if {@code MetricsUrl} is written and is no http or https URL */
    StatLine(KqConf conf, Duration period, QueueCounters counters, QueueTimer timer) {
        this.queue = conf.name();
        this.logged = conf.service().log().stat();
        this.url = url(conf.service().metricsUrl());
        this.period = period;
        this.counters = counters;
        this.timer = timer;
        this.before = counters.handlerTime.snapshot();
    }

    /** Begins to tell, if anybody wants to know. */
    void start() {
        if (logged || url != null) {
            timer.after(period.toNanos(), this::tell);
        }
    }

    private void tell() {
        TimeHistogram.Snapshot now = counters.handlerTime.snapshot();
        long failed = counters.failed.sum();
        TimeHistogram.Snapshot times = now.since(before);
        long drops = failed - failedBefore;
        before = now;
        failedBefore = failed;
        if (times.count() > 0) {
            double qps = times.count() / (period.toNanos() / 1e9);
            double average = times.sumNanos() / NANOS_PER_MILLI / times.count();
            if (logged) {
                log.info(String.format(
                        Locale.ROOT,
                        "(%s) - qps: %.1f/s, drops: %d, avg time: %.1fms, med: %.1fms, 90th: %.1fms, 99th: %.1fms,"
                                + " 99.9th: %.1fms",
                        queue,
                        qps,
                        drops,
                        average,
                        millis(times, 0.5),
                        millis(times, 0.9),
                        millis(times, 0.99),
                        millis(times, 0.999)));
            }
            if (url != null) {
                post(url, times, qps, drops, average);
            }
        }
        start();
    }

    private void post(URI target, TimeHistogram.Snapshot times, double qps, long drops, double average) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("name", queue);
        report.put("tm", Instant.now().getEpochSecond());
        report.put("pid", ProcessHandle.current().pid());
        report.put("qps", qps);
        report.put("drops", drops);
        report.put("avg", average);
        report.put("med", millis(times, 0.5));
        report.put("t90", millis(times, 0.9));
        report.put("t99", millis(times, 0.99));
        report.put("t99p9", millis(times, 0.999));
        try {
            HttpClient http = client;
            if (http == null) {
                http = HttpClient.newBuilder().connectTimeout(POST_TIMEOUT).build();
                client = http;
            }
            HttpRequest request = HttpRequest.newBuilder(target)
                    .timeout(POST_TIMEOUT)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(JSON.writeValueAsString(report)))
                    .build();
            var unused = http.sendAsync(request, BodyHandlers.discarding()).whenComplete(this::answered);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("BUG: a report that is no JSON", e);
        } catch (RuntimeException | Error e) { // no file, thread or certificate left for it: no reason to end the queue
            answered(null, e);
        }
    }

    /** One line when it begins to fail, and one when it works again. */
    private void answered(@Nullable HttpResponse<Void> response, @Nullable Throwable failure) {
        boolean fails = response == null || response.statusCode() >= 300;
        if (postsFail.getAndSet(fails) == fails) {
            return;
        }
        if (fails) {
            log.warn(
                    "queue {}: MetricsUrl takes no report: {}",
                    queue,
                    response == null
                            ? failure == null ? "no answer" : BrokerWatch.rootMessage(failure)
                            : "status " + response.statusCode());
        } else {
            log.info("queue {}: MetricsUrl takes reports again", queue);
        }
    }

    private static double millis(TimeHistogram.Snapshot times, double share) {
        return times.quantile(share) / NANOS_PER_MILLI;
    }

    private static @Nullable URI url(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below, without the text, which may hold a password
        }
        throw new KqException("MetricsUrl: not a URL (allowed: http://host… or https://host…)");
    }
}
