package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageTest {
    private final Tool tool = new Tool();

    @TempDir
    private Path folder;

    private String wrong(String... arguments) {
        Tool.Result result = tool.run(arguments).failed(Failure.WRONG_USAGE);
        assertThat(result.out()).isEmpty();
        return result.err();
    }

    @Test
    void help_showsCommandsAndExitCodes_andNoColorsInAPipe() {
        String help = tool.run("--help").fine().out();
        assertThat(help)
                .contains("topics", "groups", "lag", "push", "consume", "dead-letters", "KQ_BROKERS")
                .containsPattern("3 +no broker answers")
                .containsPattern("4 +some messages")
                .doesNotContain("\u001b");
        for (String command : List.of("topics", "groups", "lag", "push", "consume")) {
            assertThat(tool.run(command, "--help").fine().out()).startsWith("Usage: kq " + command);
        }
        assertThat(tool.run("dead-letters", "replay", "--help").fine().out()).contains("--original-topic", "--yes");
    }

    @Test
    void wrongUsage_saysWhatIsAllowed() {
        assertThat(wrong()).contains("subcommand");
        assertThat(wrong("topcis")).contains("topcis").contains("topics");
        assertThat(wrong("lag", "--brokers", "a:1")).contains("GROUP");
        assertThat(wrong("topics", "--bokers", "a:1")).contains("--bokers", "kq topics --help");
        assertThat(wrong("topics", "--brokers", "a:1", "--timeout", "soon"))
                .contains("--timeout")
                .contains("'soon' is no duration")
                .contains("10s");
        assertThat(wrong("consume", "t", "--brokers", "a:1", "--from", "yesterday"))
                .contains("--from", "'yesterday'", "first, last, an offset");
        assertThat(wrong("consume", "t", "--brokers", "a:1", "--from", "first", "--group", "g"))
                .contains("--group and --from");
        assertThat(wrong("consume", "t", "--brokers", "a:1", "--count", "0")).contains("allowed: 1 or more");
        assertThat(wrong("push", "t", "--brokers", "a:1", "--key", "k", "--key-separator", ":"))
                .contains("--key and --key-separator");
        assertThat(wrong("push", "t", "--brokers", "a:1", "--file", folder.resolve("none") + ""))
                .contains("there is no file");
        assertThat(wrong("dead-letters", "show", "t", "42", "--brokers", "a:1"))
                .contains("'42' is no place of a message")
                .contains("0@42");
        assertThat(wrong("dead-letters", "replay", "t", "--to", "t", "--brokers", "a:1"))
                .contains("--to");
    }

    @Test
    void connection_problemsNameTheirPlace() throws Exception {
        assertThat(wrong("topics")).contains("where are the brokers?", "--brokers", "--config", "KQ_BROKERS");
        assertThat(wrong("topics", "--brokers", "nowhere")).contains("--brokers", "nowhere");
        assertThat(wrong("topics", "--section", "Payments")).contains("--section", "--config");
        assertThat(wrong("topics", "--config", folder.resolve("none.yaml") + ""))
                .contains("none.yaml");
        Path file = Files.writeString(
                folder.resolve("kq.yaml"), "Brokers: [a:1]\nGroup: g\nTopic: t\nPassword: secret\nConns: 0\n");
        assertThat(wrong("topics", "--config", file + ""))
                .contains("kq.yaml:5: Conns", "kq: ")
                .doesNotContain("secret");
    }

    @Test
    void noBrokerThere_isExitCode3_withinTheTimeout() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        String brokers = "127.0.0.1:" + port;
        Tool.Result result = tool.runWith("line\n", "push", "t", "--brokers", brokers, "--timeout", "300ms")
                .failed(Failure.UNREACHABLE);
        assertThat(result.err())
                .isEqualTo("kq: no broker answers at " + brokers + " (tried for 300 ms; --timeout changes it)\n");
        assertThat(result.out()).isEmpty();
        assertThat(tool.run("topics", "--brokers", brokers, "--timeout", "300ms", "--verbose")
                        .err())
                .contains("\tat dev.kq.cli.");
        tool.run("topics", "--brokers", "no-such-host.invalid:9092", "--timeout", "300ms")
                .failed(Failure.UNREACHABLE);
    }
}
