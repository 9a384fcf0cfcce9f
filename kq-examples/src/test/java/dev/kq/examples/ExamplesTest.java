package dev.kq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Each example in a JVM of its own: what it says, that it ends with 0, says nothing else and leaves nothing behind. */
@ExtendWith(KafkaExtension.class)
class ExamplesTest {
    @TempDir
    private Path folder;

    /** What it prints, without the first line, which names the broker. */
    private List<String> run(Class<?> example, String... args) throws Exception {
        try (ExampleJvm jvm = new ExampleJvm(folder, example, List.of(args))) {
            List<String> lines = jvm.rest();
            assertThat(jvm.stderr()).isEmptyFile();
            assertThat(jvm.exitCode()).isZero();
            assertThat(jvm.temporary()).isEmptyDirectory();
            assertThat(lines.get(0)).startsWith("Kafka: 127.0.0.1:");
            return lines.subList(1, lines.size());
        }
    }

    @Test
    void helloQueue_withoutABroker_startsOne() throws Exception {
        assertThat(run(HelloQueue.class))
                .containsExactlyInAnyOrder(
                        "=> Hello, queue!", "=> How are you?", "=> Good bye.", "3 messages pushed and handled");
    }

    @Test
    void helloQueue_isReadyForASecondRun(EmbeddedKafka kafka) throws Exception {
        assertThat(run(HelloQueue.class, kafka.bootstrapServers())).hasSize(4);
        assertThat(run(HelloQueue.class, kafka.bootstrapServers())).hasSize(4);
    }

    @Test
    void shopServices_shipsWhatIsPaid(EmbeddedKafka kafka) throws Exception {
        assertThat(run(ShopServices.class, kafka.bootstrapServers()))
                .contains("payment-success: order-1, 49.90 EUR", "shipping:        order-3, a parcel")
                .hasSize(7)
                .endsWith("3 orders paid and shipped; stopped completely");
    }

    @Test
    void jsonOrders_brokenOneIsADeadLetter(EmbeddedKafka kafka) throws Exception {
        assertThat(run(JsonOrders.class, kafka.bootstrapServers()))
                .contains(
                        "handled: order-1, Order[item=tea, pieces=2]",
                        "failed: order-2",
                        "dead letter: order-2, {\"item\":\"coffee\",\"pieces\":\"a few\"}",
                        "handled: order-3, Order[item=sugar, pieces=1]")
                .endsWith("2 orders handled, 1 dead letter");
    }

    @Test
    void retryAndReplay_sendsWhatHadFailed(EmbeddedKafka kafka) throws Exception {
        assertThat(run(RetryAndReplay.class, kafka.bootstrapServers()))
                .containsSubsequence(
                        "attempt 1 failed: invoice-1, no mail server",
                        "attempt 2 failed: invoice-1, no mail server",
                        "attempt 3 failed: invoice-1, no mail server",
                        "dead letter: invoice-1",
                        "the mail server is up again: replay",
                        "sent: invoice-1, 49.90 EUR")
                .endsWith("2 invoices failed 3 times, were replayed and sent");
    }

    @Test
    void batchInsert_repeatChangesNothing(EmbeddedKafka kafka) throws Exception {
        assertThat(run(BatchInsert.class, kafka.bootstrapServers()))
                .containsExactly(
                        "group kq-readings: 1000 messages handled, 1000 rows in the table",
                        "group kq-readings-again: 1000 messages handled, 1000 rows in the table");
    }

    @Test
    void asyncCalls_waitForEachOtherNot(EmbeddedKafka kafka) throws Exception {
        assertThat(run(AsyncCalls.class, kafka.bootstrapServers()))
                .hasSize(Runtime.version().feature() < 21 ? 2 : 1)
                .last()
                .asString()
                .matches("1000 calls of 50 ms each, answered within \\d+ ms; one after the other they take 50000 ms");
    }

    @Test
    void peakShaving_lagGoesDown(EmbeddedKafka kafka) throws Exception {
        assertThat(run(PeakShaving.class, kafka.bootstrapServers()))
                .contains("from now on at most 500 a second")
                .anyMatch(line -> line.matches("lag \\d+, handled \\d+"))
                .endsWith("1000 messages handled");
    }

    @Test
    void transactions_whatIsRolledBackIsNotSeen(EmbeddedKafka kafka) throws Exception {
        assertThat(run(Transactions.class, kafka.bootstrapServers()))
                .contains("rolled back: alice has no 1000", "booked: bob +30", "booked: alice +10")
                .doesNotContain("booked: alice -1000")
                .endsWith("4 of 5 messages handled, lag 0");
    }

    @Test
    void tracedServices_areOneTrace(EmbeddedKafka kafka) throws Exception {
        List<String> lines = run(TracedServices.class, kafka.bootstrapServers());
        assertThat(lines).hasSize(6).endsWith("5 spans, traces: 1");
        String trace = lines.get(0).substring(0, lines.get(0).indexOf("  "));
        assertThat(lines)
                .startsWith(
                        trace + "  checkout",
                        trace + "    send kq-traced-orders",
                        trace + "      process kq-traced-orders",
                        trace + "        send kq-traced-parcels",
                        trace + "          process kq-traced-parcels");
    }

    @Test
    void secureCluster_letsTheRightOneIn() throws Exception {
        assertThat(run(SecureCluster.class))
                .contains("=> account-1, a secret", "=> account-2, another one")
                .anyMatch(line -> line.matches("with another password: .*wrong user or password \\(user app, SCRAM.*"))
                .endsWith("2 messages pushed and handled");
    }
}
