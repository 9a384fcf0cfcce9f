package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The table in {@code docs/configuration.md} says what the code does. After a change of keys,
 * {@code -Dkq.docs.write=true} writes it anew.
 */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
    private static final String BEGIN = "<!-- keys: begin -->\n";
    private static final String END = "<!-- keys: end -->";

    @Test
    void table_isWhatTheKeysSay() throws IOException {
        String text = Files.readString(DOCUMENT);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        String table = table(KqConf.section());
        if (Boolean.getBoolean("kq.docs.write")) {
            Files.writeString(DOCUMENT, text.substring(0, begin) + table + text.substring(end));
        } else {
            assertThat(text.substring(begin, end)).isEqualTo(table);
        }
    }

    private static <B> String table(Section<B, ?> section) {
        StringBuilder out = new StringBuilder();
        out.append(
                "| Key | Type | Default | Allowed | Kafka setting | From | Meaning |\n|---|---|---|---|---|---|---|\n");
        B fresh = section.fresh();
        for (Key<B> key : section.keys()) {
            row(out, "", key, fresh);
        }
        return out.toString();
    }

    private static <B> void row(StringBuilder out, String prefix, Key<B> key, B fresh) {
        String path = prefix + key.name();
        String standard = key.isRequired() ? "required" : code(key.standard(fresh));
        String idle = key.isIdle() ? " *No effect in this version.*" : "";
        out.append("| `").append(path).append("` | ").append(key.type());
        out.append(" | ").append(standard).append(" | ").append(key.allowed().replace("|", "\\|"));
        out.append(" | ").append(code(key.kafka())).append(" | ").append(key.isOfKq() ? "kq" : "new");
        out.append(" | ").append((key.says() + idle).strip()).append(" |\n");
        for (Key<B> child : key.children()) {
            row(out, path + ".", child, fresh);
        }
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : text.contains(" ") ? text : "`" + text + "`";
    }

    @Test
    void everyKey_hasAMeaning() {
        assertThat(KqConf.section().keys())
                .allSatisfy(key -> assertThat(key.says()).as(key.name()).isNotEmpty());
    }
}
