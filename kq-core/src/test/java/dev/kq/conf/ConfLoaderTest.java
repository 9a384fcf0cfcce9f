package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.KqConf;
import dev.kq.StartOffset;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfLoaderTest {
    private static final String SMALL = "Brokers: a:1\nGroup: g\nTopic: t\n";

    private static KqConf parse(String yaml, Map<String, String> environment) {
        return ConfLoader.parse(yaml, null, KqConf.class, environment);
    }

    private static void refused(String yaml, String message) {
        assertThatThrownBy(() -> KqConf.parse(yaml))
                .isInstanceOf(ConfException.class)
                .hasMessage(message);
    }

    private static void refused(Path file, String message) {
        assertThatThrownBy(() -> KqConf.load(file))
                .isInstanceOf(ConfException.class)
                .hasMessage(file + message);
    }

    @Test
    void numbersWhereTextsAreMeant_stayAsTheyAreWritten() {
        KqConf conf = KqConf.parse(
                "{Brokers: 'a:1', Group: 0123, Topic: 1.10, Name: 2024-01-01, Username: yes, Password: 1e3}");

        assertThat(conf.group()).isEqualTo("0123");
        assertThat(conf.topics()).containsExactly("1.10");
        assertThat(conf.name()).isEqualTo("2024-01-01");
        assertThat(conf.connection().username()).isEqualTo("yes");
        assertThat(conf.connection().clientProperties().get("sasl.jaas.config"))
                .extracting(password -> ((org.apache.kafka.common.config.types.Password) password).value())
                .asString()
                .contains("password=\"1e3\"");
    }

    @Test
    void lists_areReadFromScalarsCommasAndLists() {
        assertThat(KqConf.parse(SMALL.replace("a:1", "a:1")).brokers()).containsExactly("a:1");
        assertThat(KqConf.parse(SMALL.replace("a:1", "a:1,b:2 , c:3,")).brokers())
                .containsExactly("a:1", "b:2", "c:3");
        assertThat(KqConf.parse(SMALL.replace("a:1", "['a:1,b:2', c:3]")).brokers())
                .containsExactly("a:1", "b:2", "c:3");
    }

    @Test
    void variables_areReplacedInValuesOnly() {
        KqConf conf = parse(
                "Brokers: ${BROKERS}\n# ${NOPE}\nGroup: ${GROUP:-g}\nTopic: t\nConns: ${CONNS}\nName: pa$word$$\n",
                Map.of("BROKERS", "a:1,b:2", "CONNS", "3"));

        assertThat(conf.brokers()).containsExactly("a:1", "b:2");
        assertThat(conf.group()).isEqualTo("g");
        assertThat(conf.conns()).isEqualTo(3);
        assertThat(conf.name()).isEqualTo("pa$word$");
    }

    @Test
    void valuesFromTheEnvironment_areNotShownInMessages() {
        assertThatThrownBy(() -> parse(SMALL + "Conns: ${SECRET}\nOffset: x${SECRET}\n", Map.of("SECRET", "hunter2")))
                .hasMessage("yaml:4: Conns: not a whole number: ${SECRET} (allowed: 1 to 1024)\n"
                        + "yaml:5: Offset: not one of the choices: x${SECRET} (allowed: first, last)");
    }

    @Test
    void mergeKeys_takeWhatIsNotWritten() {
        KqConf conf = ConfLoader.parse("""
                base: &base {Brokers: 'a:1', Group: base, Retry: {MaxAttempts: 9}}
                other: &other {Group: other, Conns: 7}
                orders:
                  <<: [*base, *other]
                  group: orders
                  Topic: t
                """, "orders", KqConf.class, Map.of());

        assertThat(conf.brokers()).containsExactly("a:1");
        assertThat(conf.group()).isEqualTo("orders");
        assertThat(conf.conns()).isEqualTo(7);
        assertThat(conf.retry().maxAttempts()).isEqualTo(9);
    }

    @Test
    void keysThatBeginWithX_areTheFilesOwn() {
        assertThat(KqConf.parse("x-base: &b {Brokers: 'a:1'}\n<<: *b\nGroup: g\nTopic: t\n")
                        .brokers())
                .containsExactly("a:1");
    }

    @Test
    void json_isReadToo(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("kq.json"), """
                {
                \t"Brokers": ["a:1"],
                \t"Group":"a\\/b\\\\/\\u00e9\\ud83d\\ude00","Topic":"t",
                \t"Conns":2,"ForceCommit":false,"CaFile":null,"Retry":{"Backoff":"1s"}
                }
                """);

        KqConf conf = KqConf.load(file);

        assertThat(conf.group()).isEqualTo("a/b\\/é😀");
        assertThat(conf.conns()).isEqualTo(2);
        assertThat(conf.forceCommit()).isFalse();
        assertThat(conf.retry().backoff()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void byteOrderMarkAndWindowsLines_areFine(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("kq.yaml"), "\uFEFF" + SMALL.replace("\n", "\r\n"));

        assertThat(KqConf.load(file).group()).isEqualTo("g");
    }

    @Test
    void filesThatCannotBeRead_giveOneLine(@TempDir Path dir) throws IOException {
        refused(dir.resolve("none.yaml"), ": there is no such file");
        refused(dir, ": is a folder, not a file");
        refused(Files.writeString(dir.resolve("empty.yaml"), ""), ":1: is empty, where keys are meant");
        Path latin =
                Files.write(dir.resolve("latin.yaml"), "Group: g\nName: \u00fc".getBytes(StandardCharsets.ISO_8859_1));
        refused(latin, ":2: is not UTF-8 text");
        refused(
                Files.write(dir.resolve("nul.yaml"), new byte[] {'a', ':', '\n', 0}),
                ":2: not valid YAML: a character" + " that YAML does not allow");
        refused(Path.of("/dev/zero"), ": is too large for a configuration (allowed: up to 3MiB)");
    }

    @Test
    void hugeFile_isRefusedBeforeItIsParsed(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("huge.yaml");
        byte[] block = "a: b\n".repeat(200_000).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < 100; i++) {
                out.write(block);
            }
        }

        refused(file, ": is too large for a configuration (allowed: up to 3MiB)");
    }

    @Test
    void aliasBombs_areRefused() {
        StringBuilder lists = new StringBuilder("a0: &a0 [x, x]\n");
        StringBuilder merges = new StringBuilder("a0: &a0 {k: v}\n");
        for (int i = 1; i < 200; i++) {
            lists.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
            merges.append("a%d: &a%d {<<: [*a%d, *a%d]}%n".formatted(i, i, i - 1, i - 1));
        }

        refused(lists.toString(), "yaml:1: not valid YAML: too many aliases (allowed: up to 100)");
        refused(merges.toString(), "yaml:1: not valid YAML: too many aliases (allowed: up to 100)");
        refused(
                "a: " + "[".repeat(60) + "]".repeat(60),
                "yaml:1: not valid YAML: nested too deep (allowed: up to 50" + " levels)");
    }

    @Test
    void aliasesBelowTheLimit_costNoMoreThanTheyAreLong() {
        StringBuilder yaml = new StringBuilder("x-0: &a0 {k: v}\n");
        for (int i = 1; i < 50; i++) {
            yaml.append("x-%d: &a%d {<<: [*a%d, *a%d], k%d: [*a%d]}%n"
                    .formatted(i, i, i - 1, i - 1, i, i - 1)
                    .replace(", k%d: [*a%d]".formatted(i, i - 1), i > 30 ? "" : ", k%d: 1".formatted(i)));
        }

        refused(yaml + SMALL, "yaml:1: has too many keys and values (allowed: up to 100000)");
    }

    @Test
    void tagsThatCreateObjects_areRefused() {
        refused(
                SMALL + "Name: !!javax.script.ScriptEngineManager [!!java.net.URL ['http://localhost/']]\n",
                "yaml:4: not valid YAML: a tag, which is not allowed (put a value that starts with ! in quotes), column"
                        + " 7");
        refused(
                SMALL + "Name: !<tag:yaml.org,2002:set> {a}\n",
                "yaml:4: Name: a tag, which is not allowed (put a value that starts with ! in quotes)");
        assertThat(KqConf.parse(SMALL + "Name: !!str 5\n").name()).isEqualTo("5");
    }

    @Test
    void manyProblems_areReportedOnlyInPart() {
        StringBuilder yaml = new StringBuilder(SMALL);
        for (int i = 0; i < 30_000; i++) {
            yaml.append("unknown").append(i).append(": 1\n");
        }

        assertThatThrownBy(() -> KqConf.parse(yaml.toString()))
                .isInstanceOfSatisfying(
                        ConfException.class,
                        e -> assertThat(e.problems())
                                .hasSize(201)
                                .last()
                                .hasToString("yaml:204: more problems from here on, not shown"));
    }

    @Test
    void problems_canBeReadOneByOne() {
        assertThatThrownBy(() -> KqConf.parse("Group: g\nTopic: t\nBrokers: [a]\n"))
                .isInstanceOfSatisfying(
                        ConfException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(new ConfException.Problem(
                                        "yaml",
                                        3,
                                        "Brokers",
                                        "not host:port: a (allowed: host:port with a port from 1 to 65535, [::1]:9092 for"
                                                + " IPv6)")));
    }

    @Test
    void laterFiles_goBeforeEarlierOnes(@TempDir Path dir) throws IOException {
        Path base = Files.writeString(
                dir.resolve("base.yaml"),
                SMALL + "Retry: {MaxAttempts: 9, Backoff: 1s}\nConns: 2\nProperties: {a: 1, b: 2}\n");
        Path production = Files.writeString(
                dir.resolve("production.yaml"), "brokers: [p:1, p:2]\nretry: {maxattempts: 4}\nProperties: {b: 3}\n");

        KqConf conf = ConfLoader.load(List.of(base, production), KqConf.class);

        assertThat(conf.brokers()).containsExactly("p:1", "p:2");
        assertThat(conf.group()).isEqualTo("g");
        assertThat(conf.conns()).isEqualTo(2);
        assertThat(conf.retry().maxAttempts()).isEqualTo(4);
        assertThat(conf.retry().backoff()).isEqualTo(Duration.ofSeconds(1));
        assertThat(conf.properties()).containsExactlyInAnyOrderEntriesOf(Map.of("a", "1", "b", "3"));
    }

    @Test
    void problemsOfSeveralFiles_nameTheFile(@TempDir Path dir) throws IOException {
        Path base = Files.writeString(dir.resolve("base.yaml"), SMALL + "Conns: 0\nOffset: x\n");
        Path production = Files.writeString(dir.resolve("production.yaml"), "Offset: y\nConsumers: 0\n");

        assertThatThrownBy(() -> ConfLoader.load(List.of(base, production), KqConf.class))
                .isInstanceOf(ConfException.class)
                .hasMessage(base + ":4: Conns: out of range: 0 (allowed: 1 to 1024)\n" + production
                        + ":1: Offset: not one of the choices: y (allowed: first, last)\n" + production
                        + ":2: Consumers: out of range: 0 (allowed: 1 to 1024)");
    }

    @Test
    void environment_goesBeforeFiles(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(
                dir.resolve("app.yaml"),
                "Payments:\n  Brokers: a:1\n  Group: ${NOPE}\n  Topic: t\n  Retry: {Backoff: 1s}\n");
        Map<String, String> environment = Map.of(
                "KQ_PAYMENTS_BROKERS", "b:1,b:2",
                "KQ_PAYMENTS_GROUP", "$$${x}",
                "KQ_PAYMENTS_MIN_BYTES", "1KiB",
                "KQ_PAYMENTS_RETRY_MAXATTEMPTS", "7",
                "KQ_OTHER", "x",
                "PAYMENTS_TOPIC", "u");

        KqConf conf = ConfLoader.load(List.of(file), "payments", KqConf.class, environment);

        assertThat(conf.brokers()).containsExactly("b:1", "b:2");
        assertThat(conf.group()).isEqualTo("$$${x}");
        assertThat(conf.topics()).containsExactly("t");
        assertThat(conf.minBytes()).isEqualTo(1024);
        assertThat(conf.retry().maxAttempts()).isEqualTo(7);
    }

    @Test
    void problemsOfTheEnvironment_nameTheVariable(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("kq.yaml"), SMALL + "Conns: 1\n");

        assertThatThrownBy(() -> ConfLoader.load(
                        List.of(file),
                        null,
                        KqConf.class,
                        Map.of("KQ_CONNS", "0", "KQ_PASSWORD", "hunter2", "KQ_MAX_WAIT", "5")))
                .isInstanceOf(ConfException.class)
                .hasMessage("""
                        environment variable KQ_CONNS: Conns: out of range: 0 (allowed: 1 to 1024)
                        environment variable KQ_MAX_WAIT: MaxWait: a duration needs a unit: 5 (allowed: 0s to 30s, such as 200ms, 1m30s or PT1S)
                        environment variable KQ_PASSWORD: Password: is there without Username (allowed: both or neither)""");
    }

    @Test
    void keysWithoutEffect_areNotedForTheLog() {
        Reading reading = new Reading(new Variables(name -> null), Overrides.NONE);
        String yaml = SMALL + "Log: {Level: info}\nmode: dev\nShutdown: {WrapUpTime: 1s, WaitTime: 2s}\n";

        KqConf.section()
                .read(new ConfFile(SourceText.of("yaml", yaml), reading).whole().tree(), "", Place.CODE, reading);

        assertThat(reading.ineffective()).containsExactly("Mode", "Shutdown.WrapUpTime");
        assertThat(reading.effectBy()).isEqualTo(Map.of("ServiceConf.setUp()", Set.of("Log")));
    }

    enum Colour {
        RED,
        LIGHT_BLUE
    }

    record Database(String url, @Nullable String password, int poolSize, Duration timeout) {
        Database {
            if (poolSize < 1) {
                throw new IllegalArgumentException("PoolSize must be at least 1");
            }
        }
    }

    record App(
            KqConf payments,
            Map<String, KqConf> more,
            List<Database> databases,
            List<String> tags,
            Map<String, String> labels,
            Colour colour,
            boolean debug,
            long bytes,
            double ratio,
            @Nullable Path folder,
            @Nullable Integer port) {}

    @Test
    void record_isAWholeConfiguration() {
        App app = ConfLoader.parse("""
                Name: service
                Log: {Level: info}
                Payments: {Brokers: "a:1", Group: g, Topic: t, Offset: first}
                More:
                  refunds: {Brokers: "a:1", Group: g, Topic: r}
                Databases:
                - {Url: jdbc, PoolSize: 3, Timeout: 1s}
                - {Url: jdbc2, PoolSize: 4, Timeout: 2s, Password: 007}
                Tags: a, b
                Labels: {A: 1, b.c: x}
                Colour: light_blue
                Debug: yes
                Bytes: 1KiB
                Ratio: 0.5
                folder: /tmp
                """.replace("Name: service\n", ""), App.class);

        assertThat(app.payments().offset()).isEqualTo(StartOffset.FIRST);
        assertThat(app.more()).containsOnlyKeys("refunds");
        assertThat(app.databases())
                .containsExactly(
                        new Database("jdbc", null, 3, Duration.ofSeconds(1)),
                        new Database("jdbc2", "007", 4, Duration.ofSeconds(2)));
        assertThat(app.tags()).containsExactly("a", "b");
        assertThat(app.labels()).containsEntry("A", "1").containsEntry("b.c", "x");
        assertThat(app.colour()).isEqualTo(Colour.LIGHT_BLUE);
        assertThat(app.debug()).isTrue();
        assertThat(app.bytes()).isEqualTo(1024);
        assertThat(app.ratio()).isEqualTo(0.5);
        assertThat(app.folder()).isEqualTo(Path.of("/tmp"));
        assertThat(app.port()).isNull();
    }

    @Test
    void record_reportsItsProblemsWithPlaces() {
        assertThatThrownBy(() -> ConfLoader.parse("""
                        Payments:
                          Brokers: "a:1"
                          Grup: g
                        More:
                          refunds: {Brokers: "a", Group: g, Topic: r}
                        Databases:
                        - {Url: jdbc, PoolSize: 0, Timeout: 1s}
                        - {Url: jdbc, PoolSize: 1, Password: [hunter2]}
                        - 3
                        Debugg: true
                        Colour: green
                        """, App.class))
                .isInstanceOf(ConfException.class)
                .hasMessage("""
                        yaml:1: Payments.Group: is missing (allowed: any text that is not blank)
                        yaml:1: Payments.Topic: is missing (allowed: exactly one of Topic, Topics and TopicPattern)
                        yaml:1: Debug: is missing (allowed: true, false)
                        yaml:1: Bytes: is missing (allowed: a size such as 10240 or 64MiB)
                        yaml:1: Ratio: is missing (allowed: a number)
                        yaml:3: Payments.Grup: unknown key (did you mean Group?)
                        yaml:5: More.refunds.Brokers: not host:port: a (allowed: host:port with a port from 1 to 65535, [::1]:9092 for IPv6)
                        yaml:7: Databases[0]: PoolSize must be at least 1
                        yaml:8: Databases[1].Password: a list where a single value is meant
                        yaml:8: Databases[1].Timeout: is missing (allowed: a duration such as 200ms, 1m30s or PT1S)
                        yaml:9: Databases[2]: a single value where a section is meant
                        yaml:10: Debugg: unknown key (did you mean Debug?)
                        yaml:11: Colour: not one of the choices: green (allowed: red, light_blue)""");
    }

    record Endless(List<Endless> more) {}

    record Odd(Thread thread) {}

    @Test
    void typesThatCannotBeRead_areMisuse() {
        assertThatThrownBy(() -> ConfLoader.parse("a: 1", Endless.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Endless cannot be read: it holds itself");
        assertThatThrownBy(() -> ConfLoader.parse("a: 1", Odd.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Odd.thread cannot be read: no rule for java.lang.Thread");
        assertThatThrownBy(() -> ConfLoader.parse("a: 1", String.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("neither a record nor a type with a section() method");
    }
}
