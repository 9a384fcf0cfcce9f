package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.testkit.EmbeddedKafka;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs {@code kq} in this JVM and keeps what it prints. */
final class Tool {
    private final List<String> brokers;
    private final Stop stop = new Stop();
    private boolean terminal;

    Tool(EmbeddedKafka kafka) {
        this.brokers = List.of("--brokers", kafka.bootstrapServers());
    }

    /** Without brokers: the arguments say all. */
    Tool() {
        this.brokers = List.of();
    }

    /** What came of a run. */
    static final class Result {
        private final int exitCode;
        private final byte[] bytes;
        private final String err;

        Result(int exitCode, byte[] bytes, String err) {
            this.exitCode = exitCode;
            this.bytes = bytes;
            this.err = err;
        }

        int exitCode() {
            return exitCode;
        }

        byte[] bytes() {
            return bytes;
        }

        String err() {
            return err;
        }

        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        List<String> lines() {
            return out().lines().toList();
        }

        JsonNode json() throws Exception {
            return new ObjectMapper().readTree(bytes);
        }

        Result fine() {
            assertThat(err).isEmpty();
            assertThat(exitCode).isZero();
            return this;
        }

        Result failed(int code) {
            assertThat(exitCode).as(err).isEqualTo(code);
            assertThat(err).doesNotContain("\tat ").doesNotContain("Exception:");
            return this;
        }
    }

    Tool onTerminal() {
        terminal = true;
        return this;
    }

    Stop stop() {
        return stop;
    }

    Result run(String... arguments) {
        return runWith("", arguments);
    }

    Result runWith(String input, String... arguments) {
        return runInto(new ByteArrayOutputStream(), input, arguments);
    }

    Result runInto(ByteArrayOutputStream out, String input, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(brokers);
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Shell shell = new Shell(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                terminal,
                stop);
        int exitCode = Kq.run(shell, all.toArray(String[]::new));
        return new Result(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }
}
