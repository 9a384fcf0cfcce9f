package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.kq.testkit.CertificateAuthority;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * What the README and the documents show is right: Java compiles, kq's YAML loads and that of others is YAML, commands
 * name what there is, links lead somewhere.
 *
 * <p>A Java block is a whole file, or a fragment that is put into a method behind what {@link #PROLOGUES} has for its
 * document. An ellipsis stands for what is left out: {@code = …;} for a value, {@code { … }} for a body.
 */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");

    /** Blocks of other programs, by what they begin with; nothing here could say whether they are right. */
    private static final Map<String, List<String>> NOT_OURS = Map.of(
            "migration-from-spring-kafka.md", List.of("@Component", "spring:"),
            "dev-server.md", List.of("livenessProbe:"),
            "operations.md", List.of("apiVersion:"));

    private static final String IMPORTS = """
            import dev.kq.*;
            import dev.kq.conf.*;
            import dev.kq.errors.*;
            import dev.kq.pusher.*;
            import dev.kq.testkit.*;
            import dev.kq.testkit.guarantee.*;
            import io.micrometer.core.instrument.*;
            import io.micrometer.prometheusmetrics.*;
            import java.io.*;
            import java.math.*;
            import java.nio.file.*;
            import java.time.*;
            import java.util.*;
            import org.jspecify.annotations.*;
            """;

    /** Members of the class that a document's fragments are put into. */
    private static final Map<String, String> PROLOGUES = Map.of(
            "configuration.md",
            """
            record Database(String url) {}
            record AppConf(KqConf payments) {}
            """,
            "dev-server.md",
            "KqConf conf; KqQueue orders, mails;",
            "guarantees.md",
            "Path folder; MessageHandler handler;",
            "migration-from-spring-kafka.md",
            """
            @interface Bean {
                String initMethod();
                String destroyMethod();
            }
            interface Ledger {
                void book(String account, Object amount) throws IOException;
            }
            record Receipt(String text) {}
            String decode(byte[] bytes) { return ""; }
            KqConf conf; Ledger ledger;
            """,
            "services.md",
            """
            record AppConf(ServiceConf service, KqConf orders) {}
            KqQueue queue; Pusher pusher;
            """);

    /** Each line by itself, as it shows the same thing in several ways. */
    private static final List<String> LINE_BY_LINE = List.of("KqConf conf = KqConf.load(Path.of(\"kq.yaml\"));     ");

    /** The names of all classes, tests, examples and benchmarks. */
    private static final Set<String> SOURCES = sources();

    @TempDir
    private static Path folder;

    private static CertificateAuthority.Issued certificate;

    @BeforeAll
    static void makeCertificates() {
        certificate = CertificateAuthority.in(folder).issue("client", "localhost");
    }

    private record Block(Path document, String text) {
        boolean isOurs() {
            return NOT_OURS.getOrDefault(document.getFileName().toString(), List.of()).stream()
                    .noneMatch(text::startsWith);
        }

        boolean isWholeFile() {
            return text.startsWith("import ");
        }

        boolean isMember() {
            return text.startsWith("@");
        }
    }

    static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<Path> all = new ArrayList<>(docs.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList());
            all.add(ROOT.resolve("README.md"));
            return all;
        }
    }

    /** Those too that show no code. */
    static List<Path> allDocuments() throws IOException {
        List<Path> all = new ArrayList<>(documents());
        for (Path folder : List.of(ROOT, ROOT.resolve("docs/adr"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md") && !all.contains(file))
                        .sorted()
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static List<Block> blocks(Path document, String language) {
        return allBlocks(document, language).stream().filter(Block::isOurs).toList();
    }

    private static List<Block> allBlocks(Path document, String language) {
        return Pattern.compile("^```" + language + "\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(read(document))
                .results()
                .map(block -> new Block(document, block.group(1)))
                .toList();
    }

    private static String read(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- Java

    @ParameterizedTest
    @MethodSource("documents")
    void javaBlocks_compile(Path document) {
        assertThat(errors(blocks(document, "java"))).isEmpty();
    }

    @Test
    void control_whatIsNotThere_isSeen() {
        Path document = Path.of("services.md");
        assertThat(errors(List.of(new Block(document, "queue.begin();\n")))).contains("begin()");
        assertThat(errors(List.of(new Block(document, "import dev.kq.Kq;\nclass A {}\n"))))
                .contains("class Kq");
        assertThat(errors(List.of(new Block(document, "queue.start();\n")))).isEmpty();
    }

    private static String errors(List<Block> blocks) {
        List<JavaFileObject> sources = new ArrayList<>();
        for (Block block : blocks) {
            sources.add(block.isWholeFile() ? whole(block) : fragment(block, "Fragment" + sources.size()));
        }
        if (sources.isEmpty()) {
            return "";
        }
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-proc:none",
                "-Xlint:none",
                "-XDsuppressNotes",
                "-d",
                folder.toString(),
                "-cp",
                System.getProperty("java.class.path"));
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(messages, null, null, options, null, sources)
                .call();
        return compiled ? "" : messages.toString();
    }

    private static JavaFileObject whole(Block block) {
        var name = Pattern.compile("^(?:public )?(?:final )?(?:class|interface|record) (\\w+)", Pattern.MULTILINE)
                .matcher(block.text);
        assertThat(name.find()).as(block.text).isTrue();
        return source(name.group(1), block.text);
    }

    private static JavaFileObject fragment(Block block, String name) {
        String text = block.text.replaceAll("= …;", "= null;").replaceAll("\\{ … }", "{ }");
        if (LINE_BY_LINE.stream().anyMatch(text::startsWith)) {
            text = text.replaceAll("(?m)^(.+)$", "{ $1\n}");
        }
        String members = PROLOGUES.getOrDefault(block.document.getFileName().toString(), "");
        String body = block.isMember() ? text : "void run() throws Exception {\n" + text + "}";
        return source(name, IMPORTS + "class " + name + " {\n" + members + "\n" + body + "}");
    }

    private static JavaFileObject source(String name, String text) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }

    // ---- YAML

    @ParameterizedTest
    @MethodSource("documents")
    void yamlBlocks_load(Path document) {
        for (Block block : blocks(document, "yaml")) {
            assertThat(KqConf.parse(completed(block.text)).name())
                    .as(block.text)
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void yamlBlocksOfOthers_areYaml(Path document) {
        for (Block block : allBlocks(document, "yaml")) {
            assertThatCode(() -> new Yaml().load(block.text)).as(block.text).doesNotThrowAnyException();
        }
    }

    /** With the keys that must be there, files that exist, and variables that are set. */
    private static String completed(String yaml) {
        StringBuilder all = new StringBuilder(yaml);
        Map.of("Brokers", "a:1", "Group", "g", "Topic", "t").forEach((key, value) -> {
            if (!Pattern.compile("^" + key + ":", Pattern.MULTILINE)
                    .matcher(yaml)
                    .find()) {
                all.append(key).append(": ").append(value).append('\n');
            }
        });
        return all.toString()
                .replace("/etc/kq/ca.pem", folder.resolve("ca.pem").toString())
                .replace("/etc/kq/client.pem", certificate.certFile().toString())
                .replace("/etc/kq/client-key.pem", certificate.keyFile().toString())
                .replaceAll("\\$\\{(\\w+)}", "\\${$1:-x}");
    }

    // ---- commands

    @Test
    void firstCommandOfTheReadme_runsTheMainJob_andItsSecondTheTests() {
        List<Block> commands = allBlocks(ROOT.resolve("README.md"), "sh");

        assertThat(commands.get(0).text).matches("\\./example PaymentsPipeline( --[a-z]+ \\d+)*\n");
        assertThat(commands.get(1).text).matches("\\./mvnw [^\n]*verify\n");
        assertThat(ROOT.resolve("example")).isExecutable();
        assertThat(ROOT.resolve("mvnw")).isExecutable();
    }

    @ParameterizedTest
    @MethodSource("allDocuments")
    void commands_nameWhatThereIs(Path document) throws IOException {
        List<String> named = Stream.of("\\./example ([A-Z]\\w+)", "\\./benchmark ([A-Z]\\w+)", "-Dtest='?([\\w,]+)")
                .flatMap(command ->
                        Pattern.compile(command).matcher(read(document)).results())
                .flatMap(found -> Stream.of(found.group(1).split(",")))
                .filter(name -> !name.equals("NAME"))
                .toList();

        assertThat(SOURCES).as("%s", document).containsAll(named);
    }

    private static Set<String> sources() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.replace(".java", ""))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- files

    @ParameterizedTest
    @ValueSource(strings = {"kq-core", "kq-pusher", "kq-testkit", "kq-cli"})
    void architecture_namesEachFile(String module) throws IOException {
        String architecture = read(ROOT.resolve("docs/architecture.md"));
        try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".java") && !name.equals("package-info.java"))
                            .map(name -> name.replace(".java", "")))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(architecture).contains("`" + name + "`"));
        }
    }

    // ---- links

    @ParameterizedTest
    @MethodSource("allDocuments")
    void links_leadSomewhere(Path document) {
        var links = Pattern.compile("]\\(([^)#:\\s]*)(?:#([^)\\s]*))?\\)").matcher(read(document));
        while (links.find()) {
            Path target = links.group(1).isEmpty()
                    ? document
                    : document.resolveSibling(links.group(1)).normalize();
            assertThat(target).as("%s in %s", links.group(), document).exists();
            if (links.group(2) != null) {
                assertThat(anchors(target))
                        .as("%s in %s", links.group(), document)
                        .contains(links.group(2));
            }
        }
    }

    private static List<String> anchors(Path document) {
        return Pattern.compile("^#+ (.+)$", Pattern.MULTILINE)
                .matcher(read(document))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
