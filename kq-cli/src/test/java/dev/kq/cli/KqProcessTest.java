package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The command in a JVM of its own, with the logging that users get. */
@ExtendWith(KafkaExtension.class)
class KqProcessTest {
    @TempDir
    private Path folder;

    private Process start(EmbeddedKafka kafka, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")); // a quick start
        // Not the logging of the tests.
        command.add("-Dlogback.configurationFile=logback.xml");
        command.add("-Djava.io.tmpdir=" + folder);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Kq.class.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(folder.resolve("stderr").toFile());
        builder.environment().put("KQ_BROKERS", kafka.bootstrapServers());
        return builder.start();
    }

    @Test
    void pushThenFollow_inProcesses_quietly_untilASignal(EmbeddedKafka kafka, TestNames names) throws Exception {
        String topic = kafka.createTopic(names.topic(), 1);
        Process push = start(kafka, "push", topic, "--key", "k");
        try (var in = push.outputWriter(StandardCharsets.UTF_8)) {
            in.write("grüße\n");
        }
        try (BufferedReader out = push.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.lines()).singleElement().asString().startsWith("1 pushed to " + topic);
        }
        assertThat(push.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(push.exitValue()).isZero();
        assertThat(folder.resolve("stderr")).isEmptyFile();

        Process follow = start(kafka, "consume", topic, "--follow", "--from", "first");
        try (BufferedReader out = follow.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("0@0  ").endsWith("  k  grüße");
            follow.toHandle().destroy(); // unlike that of Process, it leaves the pipe open
            assertThat(follow.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(follow.exitValue()).isEqualTo(143);
            assertThat(out.readLine()).isNull();
        } finally {
            follow.destroyForcibly();
        }
        assertThat(folder.resolve("stderr")).isEmptyFile();
    }
}
