package dev.kq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs an example in a JVM of its own, started as the script does it. */
public final class ExampleJvm implements AutoCloseable {
    public static final int TERMINATED = 143;
    public static final int KILLED = 137;

    private final Path folder;
    private final Process process;
    private final BufferedReader stdout;

    public ExampleJvm(Path folder, Class<?> example, List<String> arguments) throws IOException {
        this.folder = Files.createDirectories(folder);
        Files.createDirectories(temporary());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")); // a quick start
        command.add("-Djava.io.tmpdir=" + temporary());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(example.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(stderr().toFile());
        builder.environment().put("KQ_BROKERS", "127.0.0.1:1"); // no example pushes to the cluster of its shell
        process = builder.start();
        stdout = process.inputReader();
    }

    public Path temporary() {
        return folder.resolve("tmp");
    }

    public Path stderr() {
        return folder.resolve("stderr");
    }

    /** Reads standard output up to the first line that matches. */
    public void awaitLine(String pattern) throws IOException {
        String line = stdout.readLine();
        while (line != null && !line.matches(pattern)) {
            line = stdout.readLine();
        }
        assertThat(line)
                .as("a line like " + pattern + ", stderr: %s", Files.readString(stderr()))
                .isNotNull();
    }

    /** Reads standard output to its end. */
    public List<String> rest() {
        return stdout.lines().toList();
    }

    /** SIGTERM. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL. */
    public void kill() {
        process.toHandle().destroyForcibly();
    }

    public int exitCode() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        stdout.close();
    }
}
