package dev.kq;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.kq.conf.ServiceConf;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests to a {@link DevServer}. Called by its threads; holds nothing of its own that changes. */
final class DevRequests implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(DevServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String PAGE = page();
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int LONGEST_BODY = 64;
    private static final int MOST_PROCESSORS = 100_000;
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final ServiceConf.DevServer conf;
    private final String service;
    private final String healthPath;
    private final String metricsPath;
    private final List<KqQueue> queues;
    private final @Nullable Supplier<String> metrics;
    private final boolean onLoopback;

    /** What a request is answered with. */
    private record Answer(int status, String type, String body) {
        static Answer text(int status, String text) {
            return new Answer(status, TEXT, text + "\n");
        }
    }

    DevRequests(ServiceConf conf, List<KqQueue> queues, @Nullable Supplier<String> metrics, boolean onLoopback) {
        this.conf = conf.devServer();
        this.service = conf.name();
        this.healthPath = path(this.conf.healthPath());
        this.metricsPath = path(this.conf.metricsPath());
        this.queues = queues;
        this.metrics = metrics;
        this.onLoopback = onLoopback;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (RuntimeException e) {
                log.warn(
                        "a request to the DevServer failed: {}",
                        exchange.getRequestURI().getRawPath(),
                        e);
                answer = Answer.text(500, "failed: " + e.getClass().getName());
            }
            exchange.getResponseHeaders().set("Content-Type", answer.type);
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            boolean withBody = !exchange.getRequestMethod().equals("HEAD");
            byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status, withBody ? body.length : -1);
            if (withBody) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        if (onLoopback && !namesThisHost(exchange.getRequestHeaders().getFirst("Host"))) {
            // A page of somebody else, whose name suddenly means this machine, must not read with a browser's help.
            return Answer.text(
                    403, "this server is called localhost or 127.0.0.1; set DevServer.Host for another name");
        }
        String path = exchange.getRequestURI().getRawPath();
        if (exchange.getRequestMethod().equals("POST")) {
            return change(exchange, path.split("/", -1));
        }
        if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
            return Answer.text(405, "GET, HEAD or POST");
        }
        if (path.equals(healthPath)) {
            return health(Health::live);
        } else if (path.equals("/readyz")) {
            return health(Health::ready);
        } else if (path.equals(metricsPath)) {
            return metrics();
        } else if (path.equals("/queues")) {
            return state();
        } else if (path.equals("/")) {
            String accept = exchange.getRequestHeaders().getFirst("Accept");
            return accept != null && accept.contains("text/html") ? page(exchange) : state();
        } else if (path.equals("/debug/threads") && conf.enablePprof()) {
            return Answer.text(200, ThreadDump.text());
        }
        return Answer.text(
                404,
                "there are /, /queues, " + healthPath + ", /readyz, " + metricsPath
                        + (conf.enablePprof() ? " and /debug/threads" : ""));
    }

    private Answer health(Predicate<Health> asked) {
        ObjectNode json = JSON.createObjectNode();
        boolean good = true;
        ArrayNode reasons = JSON.createArrayNode();
        ArrayNode all = JSON.createArrayNode();
        for (KqQueue queue : queues) {
            Health health = queue.health();
            good &= asked.test(health);
            health.reasons().forEach(reason -> reasons.add(queue.name() + ": " + reason));
            all.add(QueueState.health(queue.name(), health));
        }
        json.put("status", good ? conf.healthResponse() : "Service Unavailable");
        json.set("reasons", reasons);
        json.set("queues", all);
        return json(good ? 200 : 503, json);
    }

    private Answer metrics() {
        Supplier<String> text = metrics;
        if (text == null || !conf.enableMetrics()) {
            return Answer.text(
                    404,
                    conf.enableMetrics()
                            ? "no metrics: give the DevServer a PrometheusMeterRegistry::scrape"
                            : "no metrics: DevServer.EnableMetrics is false");
        }
        return new Answer(200, "text/plain; version=0.0.4; charset=utf-8", text.get());
    }

    private Answer state() {
        ObjectNode json = JSON.createObjectNode();
        json.put("service", service);
        json.put("time", Instant.now().toString());
        json.put("changes", !conf.token().isEmpty());
        ArrayNode all = json.putArray("queues");
        queues.forEach(queue -> all.add(queue.state().toJson()));
        return json(200, json);
    }

    private static Answer page(HttpExchange exchange) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'none'; connect-src 'self'; img-src data:; script-src 'nonce-" + nonce
                                + "'; style-src 'nonce-" + nonce
                                + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        return new Answer(200, "text/html; charset=utf-8", PAGE.replace("NONCE", nonce));
    }

    /** {@code /queues/NAME/pause}, {@code /resume}, or {@code /processors} with the number as the body. */
    private Answer change(HttpExchange exchange, String[] path) throws IOException {
        if (conf.token().isEmpty()) {
            return Answer.text(403, "nothing can be changed here: DevServer.Token is not set");
        }
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (given == null || !same(given, "Bearer " + conf.token())) {
            return Answer.text(403, "this needs the header Authorization: Bearer, with DevServer.Token");
        }
        byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
        if (body.length > LONGEST_BODY) {
            return Answer.text(413, "the body is too long");
        }
        KqQueue queue = path.length == 4 && path[1].equals("queues") ? queue(path[2]) : null;
        if (queue == null) {
            return Answer.text(404, "no such queue; POST to /queues/NAME/pause, /resume or /processors");
        }
        String done;
        switch (path[3]) {
            case "pause" -> {
                queue.pause();
                done = "paused";
            }
            case "resume" -> {
                queue.resume();
                done = "resumed";
            }
            case "processors" -> {
                int count = count(new String(body, StandardCharsets.UTF_8).strip());
                if (count < 1 || count > MOST_PROCESSORS) {
                    return Answer.text(400, "the body must be a number from 1 to " + MOST_PROCESSORS);
                }
                try {
                    queue.setProcessors(count);
                } catch (KqException e) {
                    return Answer.text(409, String.valueOf(e.getMessage()));
                }
                done = "processors set to " + count;
            }
            default -> {
                return Answer.text(404, "POST to /queues/NAME/pause, /resume or /processors");
            }
        }
        log.info("queue {}: {}, through the DevServer by {}", queue.name(), done, exchange.getRemoteAddress());
        return json(200, queue.state().toJson());
    }

    private @Nullable KqQueue queue(String encoded) {
        String name = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        return queues.stream()
                .filter(queue -> queue.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static int count(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Takes the same time wherever they differ. */
    private static boolean same(String given, String wanted) {
        return MessageDigest.isEqual(
                given.getBytes(StandardCharsets.ISO_8859_1), wanted.getBytes(StandardCharsets.UTF_8));
    }

    /** Without the header it is no browser. */
    private boolean namesThisHost(@Nullable String header) {
        if (header == null) {
            return true;
        }
        String name = header.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
        return LOOPBACK_NAMES.contains(name) || name.equals(conf.host().toLowerCase(Locale.ROOT));
    }

    private static String path(String written) {
        return written.startsWith("/") ? written : "/" + written;
    }

    private static Answer json(int status, ObjectNode json) {
        return new Answer(status, "application/json", json.toPrettyString() + "\n");
    }

    private static String page() {
        try (InputStream in =
                Objects.requireNonNull(DevRequests.class.getResourceAsStream("dev-server.html"), "dev-server.html")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("BUG: the page cannot be read", e);
        }
    }
}
