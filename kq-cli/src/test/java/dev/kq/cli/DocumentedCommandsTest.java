package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** The commands that the README and the documents show are understood, with their options. */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..");
    /** Up to a pipe, a comment, or the end of the code. */
    private static final Pattern COMMAND = Pattern.compile("\\./kq ((?:(?! +#)[^`|\\n])+)");

    @Test
    void documentedCommands_areUnderstood() throws IOException {
        List<String> commands = commands();

        assertThat(commands).hasSizeGreaterThan(15);
        for (String command : commands) {
            assertThatCode(() -> parse(command)).as(command).doesNotThrowAnyException();
        }
    }

    @Test
    void control_anOptionThatIsNotThere_isSeen() {
        assertThatThrownBy(() -> parse("lag payments-report --broker a:1")).isInstanceOf(ParameterException.class);
        assertThatThrownBy(() -> parse("dead-letters repeat payments-dead")).isInstanceOf(ParameterException.class);
    }

    private static void parse(String command) {
        Kq.commands(Shell.ofProcess(new Stop())).parseArgs(command.trim().split(" +"));
    }

    private static List<String> commands() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        List<String> commands = new ArrayList<>();
        for (Path document : documents) {
            COMMAND.matcher(Files.readString(document)).results().forEach(found -> commands.add(found.group(1)));
        }
        return commands;
    }
}
