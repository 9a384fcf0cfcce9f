package dev.kq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is code that compiles and commands that exist. */
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");

    @TempDir
    private Path folder;

    private static List<String> blocks(String language) throws Exception {
        return Pattern.compile("^```" + language + "\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(README))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    @Test
    void javaBlocks_compile() throws Exception {
        assertThat(blocks("java")).isNotEmpty();
        for (String block : blocks("java")) {
            Matcher name = Pattern.compile("public (?:final )?class (\\w+)").matcher(block);
            assertThat(name.find()).isTrue();
            Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), block);
            StringWriter messages = new StringWriter();
            var compiler = ToolProvider.getSystemJavaCompiler();
            var files = compiler.getStandardFileManager(null, null, null);
            List<String> options =
                    List.of("-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
                    .call();
            files.close();
            assertThat(compiled).as(messages.toString()).isTrue();
        }
    }

    @Test
    void firstCommand_runsTheMainJob_andSecondTheTests() throws Exception {
        List<String> commands = blocks("sh");
        assertThat(commands.get(0)).matches("\\./example PaymentsPipeline( --[a-z]+ \\d+)*\n");
        assertThat(commands.get(1)).matches("\\./mvnw [^\n]*verify\n");
        assertThat(Path.of("..", "example")).isExecutable();
        assertThat(Path.of("..", "mvnw")).isExecutable();
    }
}
