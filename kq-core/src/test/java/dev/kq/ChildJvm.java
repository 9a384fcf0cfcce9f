package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Runs a main class in a JVM of its own, to be given signals. One that does not end by itself is ended, so that a test
 * that reads from it fails and does not hang.
 */
final class ChildJvm implements AutoCloseable {
    private static final Executor WHEN_IT_HANGS = CompletableFuture.delayedExecutor(90, TimeUnit.SECONDS);

    private static final long SIGINT_BIT = 1L << 1;

    private final Process process;
    private final BufferedReader output;

    ChildJvm(String classPath, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(hearingSigint());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = process.inputReader();
        WHEN_IT_HANGS.execute(process::destroyForcibly);
    }

    /** Shells start what runs in the background deaf to SIGINT, children inherit that, and a JVM leaves it so. */
    private static List<String> hearingSigint() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return List.of();
        }
        boolean deaf = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT_BIT) != 0);
        return deaf ? List.of("env", "--default-signal=INT") : List.of();
    }

    /** Reads up to this line. */
    void awaitLine(String wanted) throws IOException {
        List<String> before = new ArrayList<>();
        String line = output.readLine();
        while (line != null && !line.equals(wanted)) {
            before.add(line);
            line = output.readLine();
        }
        assertThat(line).as("%s after %s", wanted, before).isNotNull();
    }

    List<String> rest() {
        return output.lines().toList();
    }

    /** @param signal such as {@code TERM} */
    void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        output.close();
    }
}
