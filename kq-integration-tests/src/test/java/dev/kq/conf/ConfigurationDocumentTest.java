package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import dev.kq.pusher.KqPusherConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The tables in {@code docs/configuration.md} say what the code does. After a change of keys,
 * {@code -Dkq.docs.write=true} writes them anew.
 */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");

    @Test
    void table_isWhatTheKeysSay() throws IOException {
        check("keys", table(KqConf.section(), Set.of()));
    }

    @Test
    void tableOfThePusher_isWhatItsKeysSay_butForThoseOfTheConnection() throws IOException {
        Set<String> connection =
                Connection.section().keys().stream().map(Key::name).collect(Collectors.toSet());
        check("keys of a pusher", table(KqPusherConf.section(), connection));
    }

    private static void check(String name, String table) throws IOException {
        String beginning = "<!-- " + name + ": begin -->\n";
        String text = Files.readString(DOCUMENT);
        int begin = text.indexOf(beginning) + beginning.length();
        int end = text.indexOf("<!-- " + name + ": end -->");
        if (Boolean.getBoolean("kq.docs.write")) {
            Files.writeString(DOCUMENT, text.substring(0, begin) + table + text.substring(end));
        } else {
            assertThat(text.substring(begin, end)).isEqualTo(table);
        }
    }

    private static <B> String table(Section<B, ?> section, Set<String> without) {
        StringBuilder out = new StringBuilder();
        out.append(
                "| Key | Type | Default | Allowed | Kafka setting | From | Meaning |\n|---|---|---|---|---|---|---|\n");
        B fresh = section.fresh();
        for (Key<B> key : section.keys()) {
            if (!without.contains(key.name())) {
                row(out, "", key, fresh);
            }
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
        assertThat(KqPusherConf.section().keys())
                .allSatisfy(key -> assertThat(key.says()).as(key.name()).isNotEmpty());
    }
}
