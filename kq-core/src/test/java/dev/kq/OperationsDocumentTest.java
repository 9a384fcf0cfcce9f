package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/operations.md} has a place for each trouble and each alert, and names only meters that there are. */
class OperationsDocumentTest {
    private static final Path DOCS = Path.of("..", "docs");

    private final String runbook = read("operations.md");
    private final String alerts = read("prometheus-alerts.yaml");

    private static String read(String file) {
        try {
            return Files.readString(DOCS.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(result -> result.group(result.groupCount()))
                .toList();
    }

    @Test
    void everyTrouble_hasItsRowAndItsWords() {
        for (QueueHealth.Trouble trouble : QueueHealth.Trouble.values()) {
            QueueHealth health = new QueueHealth("q");
            health.report(trouble, 0, "detail");
            String words = health.health(true, null).reasons().get(0).replace("detail", "…");
            assertThat(runbook).contains("| `" + words + "` | [");
        }
        String stopped =
                new QueueHealth("q").health(false, new Error()).reasons().get(0);
        assertThat(runbook).contains("`" + stopped.replace("java.lang.Error", "…") + "`");
        assertThat(runbook)
                .contains(
                        "`" + new QueueHealth("q").health(false, null).reasons().get(0) + "`");
    }

    @Test
    void everyAlert_isNamed_andLeadsToASection() {
        List<String> names = found("alert: (\\w+)$", alerts);
        assertThat(names)
                .hasSizeGreaterThan(5)
                .allSatisfy(name -> assertThat(runbook).contains("`" + name + "`"));
        List<String> sections = found("^## (.+)$", runbook).stream()
                .map(title ->
                        title.toLowerCase(Locale.ROOT).replaceAll("[^a-z ]", "").replace(' ', '-'))
                .toList();
        List<String> leads = found("runbook: \"docs/operations\\.md#(.*)\"$", alerts);
        assertThat(leads).hasSameSizeAs(names);
        assertThat(sections).containsAll(leads);
        assertThat(found("`Kq(?!Queue|Conf|Tester)\\w+`", runbook).stream()
                        .map(name -> name.replace("`", ""))
                        .toList())
                .allSatisfy(name -> assertThat(names).contains(name));
    }

    @Test
    void meters_areThoseOfTheirDocument() {
        List<String> documented = Pattern.compile("`(kq\\.[a-z.]+)`")
                .matcher(read("metrics.md"))
                .results()
                .map(MatchResult::group)
                .map(name -> name.replace("`", "").replace('.', '_'))
                .toList();
        assertThat(found("\\b(kq_[a-z_]+)", runbook))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(name.replaceFirst("_total$", "").replaceFirst("_seconds(_count)?$", ""))
                        .isIn(documented));
    }
}
