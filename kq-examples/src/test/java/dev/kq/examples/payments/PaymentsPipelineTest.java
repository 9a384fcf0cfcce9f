package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.examples.ExampleJvm;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main job, mostly in this JVM: what it says and how it ends. */
@ExtendWith(KafkaExtension.class)
class PaymentsPipelineTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private final StopSignal signal = new StopSignal();

    private int run(String... args) {
        return PaymentsPipeline.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                signal,
                args);
    }

    private List<String> out() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private Path file(String name, String... lines) throws Exception {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private void assertRefused(String line, String... args) {
        assertThat(run(args)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("kq: " + line + System.lineSeparator());
    }

    @Test
    void withoutArguments_startsItsOwnKafka_andTotalsAgree() throws Exception {
        try (ExampleJvm jvm = new ExampleJvm(folder, PaymentsPipeline.class, List.of())) {
            List<String> lines = jvm.rest();
            assertThat(jvm.exitCode()).isZero();
            assertThat(lines)
                    .contains("JPY               128                961,010                961,010")
                    .contains("lag          0")
                    .endsWith("4,000 payments pushed and handled, the totals agree");
            assertThat(jvm.stderr()).isEmptyFile();
            assertThat(jvm.temporary()).isEmptyDirectory();
        }
    }

    @Test
    void signal_stopsItAndItsOwnKafka() throws Exception {
        try (ExampleJvm jvm = new ExampleJvm(folder, PaymentsPipeline.class, List.of("--repeat", "100000"))) {
            jvm.awaitLine(".* handled [1-9].*");
            jvm.terminate();
            List<String> lines = jvm.rest();
            assertThat(jvm.exitCode()).isEqualTo(ExampleJvm.TERMINATED);
            assertThat(lines.get(lines.size() - 1))
                    .matches("Stopped: [0-9,]+ of 400,000,000 payments pushed, [0-9,]+ of them handled, "
                            + "[0-9,]+ messages wait in topic payments for group payments-report");
            assertThat(jvm.stderr()).isEmptyFile();
            assertThat(jvm.temporary()).isEmptyDirectory();
        }
    }

    @Test
    void signalBeforeTheStart_pushesNothing(EmbeddedKafka kafka) {
        signal.request();
        assertThat(run("--brokers", kafka.bootstrapServers())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("kq: stopped before the end: nothing was pushed yet" + System.lineSeparator());
    }

    @Test
    void ownCluster_createsTheTopic_andTotalsAgree(EmbeddedKafka kafka, TestNames names) {
        String[] args = {
            "--brokers", kafka.bootstrapServers(), "--topic=" + names.topic(), "--group", names.group(), "--repeat=25"
        };
        assertThat(run(args)).isZero();
        assertThat(out())
                .contains(
                        "Topic " + names.topic() + " (new) on " + kafka.bootstrapServers() + ", group " + names.group())
                .contains("EUR            47,375           2,421,645.50           2,421,645.50")
                .endsWith("100,000 payments pushed and handled, the totals agree");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("\u001b", "\r", "also handled");
        assertThat(err.size()).isZero();
    }

    @Test
    void topicThatIsThere_isUsedAsItIs(EmbeddedKafka kafka, TestNames names) {
        kafka.createTopic(names.topic(), 1);
        assertThat(run("--brokers", kafka.bootstrapServers(), "--topic", names.topic(), "--group", names.group()))
                .isZero();
        assertThat(out())
                .contains("Topic " + names.topic() + " on " + kafka.bootstrapServers() + ", group " + names.group());
    }

    @Test
    void configuration_isTheYamlFile(EmbeddedKafka kafka, TestNames names) throws Exception {
        Path conf = file(
                "kq.yaml",
                "Name: test",
                "Brokers:",
                "- ${NO_SUCH_VARIABLE:-" + kafka.bootstrapServers() + "}",
                "Group: " + names.group(),
                "Topic: " + names.topic(),
                "Offset: first");
        Path input = file(
                "payments.jsonl",
                "{\"account\":\"a\",\"amount\":0.1,\"currency\":\"EUR\"}",
                "",
                "{\"account\":\"b\",\"amount\":\"0.20\",\"currency\":\"EUR\"}");
        assertThat(run("--conf", conf.toString(), "--input", input.toString(), "--brokers", kafka.bootstrapServers()))
                .isZero();
        assertThat(out())
                .contains(
                        "Topic " + names.topic() + " (new) on " + kafka.bootstrapServers() + ", group " + names.group())
                .contains("EUR                 2                   0.30                   0.30");
    }

    @Test
    void input_thatIsNotThere() {
        assertRefused("there is no file no-such.jsonl", "--input", "no-such.jsonl");
    }

    @Test
    void input_thatIsAFolder() {
        assertRefused(folder + " is a folder, not a file", "--input", folder.toString());
    }

    @Test
    void input_withALineThatIsNotJson() throws Exception {
        Path input = file("p.jsonl", "{\"account\":\"a\",\"amount\":\"1\",\"currency\":\"EUR\"}", "account=a");
        assertRefused(input + ":2: not JSON", "--input", input.toString());
    }

    @Test
    void input_withoutAnAmount() throws Exception {
        Path input = file("p.jsonl", "{\"account\":\"a\",\"currency\":\"EUR\"}");
        assertRefused(input + ":1: amount is missing", "--input", input.toString());
    }

    @Test
    void input_thatIsNotText() throws Exception {
        Path input = Files.write(folder.resolve("p.jsonl"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertRefused(input + ":1: not UTF-8 (in this line or soon after it)", "--input", input.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--repaet 5   | unknown option --repaet (did you mean --repeat?), try --help",
                "--colour red | unknown option --colour, try --help",
                "payments     | unknown option payments, try --help",
                "--repeat x   | --repeat needs a whole number of 0 or more, not 'x'",
                "--repeat -1  | --repeat needs a whole number of 0 or more, not '-1'",
                "--ahead 0    | --ahead needs a whole number of 1 or more, not '0'",
                "--topic      | --topic needs a value, try --help",
                "--topic --group g | --topic needs a value, not '--group', try --help",
                "--handled no/such/folder/f --brokers 127.0.0.1:1 "
                        + "| cannot write no/such/folder/f: there is no folder no/such/folder",
            })
    void option_thatIsWrong(String args, String message) {
        assertRefused(message, args.split(" "));
    }

    @Test
    void conf_withMistakes_saysAllOfThem() throws Exception {
        Path conf = file("kq.yaml", "Name: t", "Brokers: [127.0.0.1:9092]", "Gruop: g", "Topic: t", "Conns: 0");
        assertThat(run("--conf", conf.toString())).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains(conf + ":3: Gruop", "did you mean Group?", conf + ":5: Conns")
                .doesNotContain("\tat ");
    }

    @Test
    void broker_thatDoesNotAnswer() {
        assertRefused("no broker answers at 127.0.0.1:1 (tried for 8 s)", "--brokers", "127.0.0.1:1");
    }

    @Test
    void broker_withAnUnknownName() {
        assertThat(run("--brokers", "no-such-host.invalid:9092")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("kq: no broker at no-such-host.invalid:9092: ")
                .hasLineCount(1);
    }

    @Test
    void help_isPrinted() {
        List<String> args = new ArrayList<>(List.of("--help"));
        assertThat(run(args.toArray(String[]::new))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(PaymentsOptions.HELP);
    }
}
