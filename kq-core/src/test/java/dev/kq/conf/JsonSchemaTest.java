package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.kq.KqConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * {@code docs/kq.schema.json} says what the loader does. After a change of keys, {@code -Dkq.docs.write=true} writes it
 * anew.
 */
class JsonSchemaTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "kq.schema.json");
    private static final Path BROKEN = Path.of("src", "test", "resources", "dev", "kq", "broken-configurations.txt");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    /** What only the loader can know: the rules between keys, of files, names and texts, and YAML's own. */
    private static final Pattern BEYOND_A_SCHEMA = Pattern.compile(
            "is more than|is there (beside|without)|exactly one of"
                    + "|twice|too many|cannot be set here|a topic of the queue|not a topic name|not host:port|not a port"
                    + "|not a regular|environment variable|is blank|blank key|there is no such class|not an Exception"
                    + "|PEM|an empty key|whole number: 0(x10|10)|whole number of bytes|no such file|cannot be read|certificate|private key|empty element|\\$\\{|too long|alias|tag"
                    + "|out of range: \"?[0-9.]+[a-zA-Z]|not a duration|not a size|out of range: P|out of range: -?[0-9.]+[a-z]");

    private final com.networknt.schema.JsonSchema schema =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(JSON.valueToTree(generated()));

    @Test
    void file_isWhatTheKeysSay() throws IOException {
        String text = JSON.writeValueAsString(generated()) + "\n";
        if (Boolean.getBoolean("kq.docs.write")) {
            Files.writeString(DOCUMENT, text);
        } else {
            assertThat(Files.readString(DOCUMENT)).isEqualTo(text);
        }
    }

    /** Each of the broken files in which a key has a value that it may not have. */
    @Test
    void whatTheLoaderRefusesOfOneKey_theSchemaRefuses() throws IOException {
        List<String> accepted = new ArrayList<>();
        int refused = 0;
        for (String document : Files.readString(BROKEN).split("\n====\n", -1)) {
            String[] parts = ("\n" + document).split("\n>>>>\n", -1);
            JsonNode tree =
                    parts.length < 2 || BEYOND_A_SCHEMA.matcher(parts[1]).find() ? null : tree(parts[0]);
            if (tree == null) {
                continue;
            }
            if (problems(tree).isEmpty()) {
                accepted.add(document);
            } else {
                refused++;
            }
        }
        assertThat(accepted).isEmpty();
        assertThat(refused).isGreaterThan(40);
    }

    @Test
    void whatTheLoaderTakes_theSchemaTakes() {
        String[] documents = """
                Brokers: a:1
                Group: g
                Topic: t
                ====
                Name: kq
                Brokers:
                - 127.0.0.1:19092
                Group: foo
                Topic: test
                Offset: FIRST
                Consumers: 1
                ====
                Brokers: [a:1, 'b:2']
                Group: 7
                Topics: [a, b]
                Password: 123456
                Username: u
                MinBytes: 10KiB
                MaxWait: PT0.1S
                DrainTimeout: 1m30s
                CommitInterval: 0
                ForceCommit: yes
                Conns: '2'
                ====
                x-base: {a: b}
                Brokers: ${KQ:-a:1}
                Group: g
                TopicPattern: a.*
                Conns: ${N:-2}
                MaxBytes: ${M:-1MiB}
                Workers: Virtual
                Ordering: ${O:-none}
                Retry: {MaxAttempts: 9, Backoff: 1.5s, Jitter: 0.1}
                DeadLetter: {Topic: d, SpringHeaders: on}
                Properties: {client.rack: 1, a: true, b: }
                ====
                Brokers: a:1
                Group: g
                Topic: t
                Mode: pro
                Log: {Mode: console, Encoding: plain}
                Shutdown: {WaitTime: 5.5s}
                Telemetry: {Endpoint: x, Sampler: 1.0, Batcher: jaeger}
                DevServer:
                Prometheus: {Port: 9101}
                """.split("====\n", -1);
        for (String document : documents) {
            KqConf.parse(document);
            assertThat(problems(tree(document))).as(document).isEmpty();
        }
    }

    private Set<ValidationMessage> problems(JsonNode tree) {
        return schema.validate(tree);
    }

    private static Object generated() {
        return JsonSchema.of(KqConf.section(), "A queue of kq for Java (KqConf)");
    }

    /** As an editor reads it; null if it is not YAML. */
    private static JsonNode tree(String yaml) {
        try {
            Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
            return JSON.readTree(JSON.writeValueAsString(read == null ? new TreeMap<>() : read)); // JSON has no NaN
        } catch (YAMLException | JsonProcessingException e) {
            return null;
        }
    }
}
