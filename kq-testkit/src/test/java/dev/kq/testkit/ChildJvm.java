package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a main class in a JVM of its own, with its own folder for temporary files. */
final class ChildJvm implements AutoCloseable {
    /** What a JVM exits with after SIGTERM. */
    static final int TERMINATED = 143;

    private final Path folder;
    private final Process process;

    ChildJvm(Path folder, String classPath, Class<?> main, String... arguments) throws IOException {
        this.folder = folder;
        Files.createDirectories(temporary());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")); // a quick start
        command.add("-Djava.io.tmpdir=" + temporary());
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow"); // as the documentation says
        }
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).redirectError(stderr().toFile()).start();
    }

    Path temporary() {
        return folder.resolve("tmp");
    }

    Path stderr() {
        return folder.resolve("stderr");
    }

    BufferedReader stdout() {
        return process.inputReader();
    }

    /** Sends SIGTERM; unlike {@link Process#destroy()}, it leaves the output readable. */
    void terminate() {
        process.toHandle().destroy();
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** Ends it, if a test has failed before it did. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
