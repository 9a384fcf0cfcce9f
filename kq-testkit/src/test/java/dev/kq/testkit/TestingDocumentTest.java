package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tests in {@code docs/testing.md} are those in {@code dev.kq.docs}, which are run. */
class TestingDocumentTest {
    @Test
    void javaBlocks_areTestsThatAreRun() throws Exception {
        List<String> blocks = Pattern.compile("^```java\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "testing.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            Matcher name = Pattern.compile("^(?:public final )?class (\\w+Test) ", Pattern.MULTILINE)
                    .matcher(block);
            assertThat(name.find()).as(block).isTrue();
            Path source = Path.of("src", "test", "java", "dev", "kq", "docs", name.group(1) + ".java");
            assertThat(Files.readString(source)).isEqualTo("package dev.kq.docs;\n\n" + block);
        }
    }
}
