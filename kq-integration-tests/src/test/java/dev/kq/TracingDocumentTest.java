package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The programs in {@code docs/tracing.md} are those that {@link TracingTest} runs. */
class TracingDocumentTest {
    @Test
    void javaBlocks_areThoseThatAreTested() throws Exception {
        List<String> blocks = Pattern.compile("^```java\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "tracing.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(blocks).hasSize(2);
        for (String block : blocks) {
            Matcher name = Pattern.compile("public final class (\\w+)").matcher(block);
            assertThat(name.find()).isTrue();
            Path source = Path.of("src", "test", "java", "dev", "kq", "docs", name.group(1) + ".java");
            assertThat(Files.readString(source)).isEqualTo("package dev.kq.docs;\n\n" + block);
        }
    }
}
