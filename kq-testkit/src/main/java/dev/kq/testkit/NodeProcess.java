package dev.kq.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The process of one node of a {@link ForkedKafka}, seen from the parent. Confined to the lock of its owner. */
final class NodeProcess {
    private static final int LAST_WORDS = 20;
    private static final long STOP_SECONDS = 30;

    private final int id;
    private final Process process;
    private final Path errors;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    private NodeProcess(int id, Process process, Path errors) {
        this.id = id;
        this.process = process;
        this.errors = errors;
        Thread reader = new Thread(this::read, "kq-testkit-node-" + id + "-output");
        reader.setDaemon(true);
        reader.start();
    }

    static NodeProcess start(int id, String clusterId, Map<String, Object> properties, DataFolder folder) {
        try {
            Properties file = new Properties();
            properties.forEach((key, value) -> file.setProperty(key, String.valueOf(value)));
            Path settings = folder.path().resolve("settings-" + id);
            try (OutputStream out = Files.newOutputStream(settings)) {
                file.store(out, null);
            }
            Path errors = folder.path().resolve("output-" + id);
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1", // several share the machine, and not for long
                            "-Dlogback.configurationFile=dev/kq/testkit/local-kafka-logback.xml",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ForkedNode.class.getName(),
                            clusterId,
                            settings.toString()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                    .start();
            return new NodeProcess(id, process, errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.equals(ForkedNode.READY)) {
                    ready.complete(null);
                }
            }
        } catch (IOException e) {
            // it was killed
        }
        ready.completeExceptionally(new EmbeddedKafkaException("Node " + id + " ended"));
    }

    /** @throws EmbeddedKafkaException if it does not get there */
    void awaitReady(Duration timeout) {
        try {
            ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new EmbeddedKafkaException("Node " + id + " did not start: " + lastWords(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedKafkaException("Interrupted: node " + id + " did not start", e);
        }
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(errors);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_WORDS), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** @throws EmbeddedKafkaException if it had to be killed */
    void stop() {
        process.toHandle().destroy(); // Process.destroy() ends its input too, which says that its parent is gone
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            kill();
            throw new EmbeddedKafkaException("Node " + id + " did not stop: " + lastWords(), e);
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
