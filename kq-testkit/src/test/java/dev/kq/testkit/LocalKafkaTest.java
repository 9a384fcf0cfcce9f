package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program in a JVM of its own: what it prints, how it ends, what it leaves. */
class LocalKafkaTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    private Path folder;

    private int port;

    @Test
    void main_printsOneLineAndServesUntilItIsTerminated() throws Exception {
        assertServes(CLASS_PATH);
    }

    @Test
    void main_isSilentWithoutLoggingBackend() throws Exception {
        assertServes(Arrays.stream(CLASS_PATH.split(File.pathSeparator))
                .filter(jar -> !jar.contains("logback"))
                .collect(Collectors.joining(File.pathSeparator)));
    }

    private void assertServes(String classPath) throws Exception {

        port = freePort();
        try (ChildJvm jvm = new ChildJvm(
                        folder, classPath, LocalKafka.class, "--port", String.valueOf(port), "--topic", "orders:3");
                var stdout = jvm.stdout()) {
            assertThat(stdout.readLine()).isEqualTo("Kafka is ready on 127.0.0.1:" + port);
            assertThat(jvm.temporary()).isNotEmptyDirectory();
            Client client = new Client(Map.of("bootstrap.servers", "127.0.0.1:" + port));
            client.send("orders", "a");
            assertThat(client.read("orders", "g", 1)).containsExactly("a");

            jvm.terminate();
            assertThat(stdout.readLine()).isEqualTo("Kafka has stopped");
            assertThat(stdout.readLine()).isNull();
            assertThat(jvm.exitCode()).isEqualTo(ChildJvm.TERMINATED);
            assertThat(jvm.stderr()).isEmptyFile();
            assertThat(jvm.temporary()).isEmptyDirectory();
        }
    }

    @Test
    void main_keepsTheGivenFolder() throws Exception {
        port = freePort();
        String[] arguments = {
            "--port", String.valueOf(port), "--data", folder.resolve("data").toString(), "--topic", "orders"
        };
        for (int run = 0; run < 2; run++) {
            try (ChildJvm jvm = new ChildJvm(folder, CLASS_PATH, LocalKafka.class, arguments);
                    var stdout = jvm.stdout()) {
                assertThat(stdout.readLine()).startsWith("Kafka is ready on ");
                jvm.terminate();
                assertThat(jvm.exitCode()).isEqualTo(ChildJvm.TERMINATED);
            }
        }
        assertThat(folder.resolve("data/node-0/orders-7")).isDirectory();
    }

    @Test
    void main_saysThatThePortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(LoopbackPorts.address(0));
            assertRefused(
                    "kq: Port " + taken.getLocalPort() + " on 127.0.0.1 is already in use",
                    "--port",
                    String.valueOf(taken.getLocalPort()));
        }
    }

    @Test
    void main_saysWhatIsWrongWithItsArguments() throws Exception {
        assertRefused("kq: Unknown argument --prot, try --help", "--prot", "1");
        assertRefused("kq: --port needs a value, try --help", "--port");
        assertRefused("kq: --topic needs a number of 1 or more, not 'x'", "--topic", "orders:x");
    }

    private void assertRefused(String message, String... arguments) throws Exception {
        try (ChildJvm jvm = new ChildJvm(folder, CLASS_PATH, LocalKafka.class, arguments);
                var stdout = jvm.stdout()) {
            assertThat(stdout.readLine()).isNull();
            assertThat(jvm.exitCode()).isEqualTo(2);
            assertThat(jvm.stderr()).hasContent(message);
        }
    }

    private static int freePort() {
        try (LoopbackPorts ports = new LoopbackPorts()) {
            return ports.takeFree();
        }
    }
}
