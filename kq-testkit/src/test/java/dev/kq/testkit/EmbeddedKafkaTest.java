package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
    @Test
    void start_servesProducersAndConsumers() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            kafka.createTopic("orders", 3);
            Client client = new Client(kafka.clientProperties());
            client.send("orders", "a", "b", "c");
            assertThat(client.read("orders", "g", 3)).containsExactlyInAnyOrder("a", "b", "c");
        }
    }

    @Test
    void stopNode_keepsItsRecords() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            kafka.createTopic("orders", 1);
            Client client = new Client(kafka.clientProperties());
            client.send("orders", "before");
            String address = kafka.bootstrapServers();

            kafka.stopNode(0);
            kafka.stopNode(0);
            kafka.startNode(0);
            kafka.startNode(0);

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            client.send("orders", "after");
            assertThat(client.read("orders", "g", 2)).containsExactly("before", "after");
        }
    }

    @Test
    void dataFolder_isRemovedWhenItIsTemporary() {
        EmbeddedKafka kafka = EmbeddedKafka.start();
        assertThat(kafka.dataFolder()).isNotEmptyDirectory();
        kafka.close();
        assertThat(kafka.dataFolder()).doesNotExist();
        kafka.close();
    }

    @Test
    void dataFolder_isKeptWhenItIsGiven(@TempDir Path folder) throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().dataFolder(folder.resolve("new")).start()) {
            kafka.createTopic("orders", 1);
            new Client(kafka.clientProperties()).send("orders", "kept");
        }
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().dataFolder(folder.resolve("new")).start()) {
            assertThat(new Client(kafka.clientProperties()).read("orders", "g", 1))
                    .containsExactly("kept");
        }
    }

    @Test
    void dataFolder_ofOtherNodesIsRefused(@TempDir Path folder) {
        EmbeddedKafka.Builder one = EmbeddedKafka.builder().dataFolder(folder);
        one.start().close();
        assertThatThrownBy(() -> one.nodes(2).start())
                .isInstanceOf(EmbeddedKafkaException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("1 node(s)");
    }

    @Test
    void dataFolder_ofRunningBrokerIsRefused(@TempDir Path folder) {
        EmbeddedKafka.Builder builder = EmbeddedKafka.builder().dataFolder(folder);
        try (EmbeddedKafka kafka = builder.start()) {
            assertThatThrownBy(builder::start)
                    .isInstanceOf(EmbeddedKafkaException.class)
                    .hasMessageContaining("in use by another broker");
            kafka.createTopic("still-alive", 1);
        }
    }

    @Test
    void start_besideAnotherBrokerIsAnotherCluster() throws Exception {
        try (EmbeddedKafka two = EmbeddedKafka.start()) {
            two.createTopic("orders", 1);
            new Client(two.clientProperties()).send("orders", "two");
            try (EmbeddedKafka one = EmbeddedKafka.start()) {
                one.createTopic("orders", 1);
                new Client(one.clientProperties()).send("orders", "one");
                assertThat(new Client(one.clientProperties()).read("orders", "g", 1))
                        .containsExactly("one");
            }
            assertThat(new Client(two.clientProperties()).read("orders", "g", 1))
                    .containsExactly("two");
        }
    }

    @Test
    void ports_takenOneIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(LoopbackPorts.address(0));
            assertThatThrownBy(() ->
                            EmbeddedKafka.builder().ports(taken.getLocalPort()).start())
                    .isInstanceOf(EmbeddedKafkaException.class)
                    .hasMessage("Port " + taken.getLocalPort() + " on 127.0.0.1 is already in use");
        }
    }

    @Test
    void builder_refusesWhatCannotBe() {
        EmbeddedKafka.Builder builder = EmbeddedKafka.builder();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.nodes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.ports(70_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ports(1, 2).start())
                .withMessageContaining("[1, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.brokerProperties(Map.of("listeners", "x")))
                .withMessageContaining("listeners");
    }

    @Test
    void brokerProperty_hasTheLastWord() {
        assertThatThrownBy(() -> EmbeddedKafka.builder()
                        .brokerProperty("num.io.threads", "none")
                        .start())
                .isInstanceOf(EmbeddedKafkaException.class)
                .hasMessageContaining("num.io.threads");
    }

    @Test
    void createTopic_saysWhyNot() {
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            kafka.createTopic("orders", 1);
            assertThatThrownBy(() -> kafka.createTopic("orders", 1))
                    .isInstanceOf(EmbeddedKafkaException.class)
                    .hasMessageContaining("'orders' already exists");
            assertThatThrownBy(() -> kafka.createTopic("more", 1, 2))
                    .isInstanceOf(EmbeddedKafkaException.class)
                    .hasMessageContaining("more");
            assertThatThrownBy(() -> kafka.createTopic("more", 1, 1, Map.of("retention.ms", "long")))
                    .isInstanceOf(EmbeddedKafkaException.class)
                    .hasMessageContaining("retention.ms");
            assertThatIllegalArgumentException().isThrownBy(() -> kafka.createTopic("more", 0));
        }
    }

    @Test
    void close_leavesNoThread() throws Exception {
        Set<Thread> before = threads();
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            kafka.createTopic("orders", 1);
            Client client = new Client(kafka.clientProperties());
            client.send("orders", "a");
            assertThat(client.read("orders", "g", 1)).hasSize(1);
        }
        Set<Thread> after = threads();
        after.removeAll(before);
        for (Thread thread : after) {
            thread.join(5_000);
        }
        // Made once for the whole JVM, by Kafka's metrics library and by the JDK: daemons, two and a few.
        after.removeIf(thread ->
                thread.getName().matches("metrics-meter-tick-thread-.*|ForkJoinPool.commonPool-.*|process reaper.*"));
        assertThat(after).noneMatch(Thread::isAlive);
    }

    @Test
    void close_isDoneByAnInterruptedThreadToo() {
        EmbeddedKafka kafka = EmbeddedKafka.start();
        Thread.currentThread().interrupt();
        kafka.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(kafka.dataFolder()).doesNotExist();
    }

    private static Set<Thread> threads() {
        return new HashSet<>(Thread.getAllStackTraces().keySet());
    }

    @Test
    void failure_isThrownByTheNextCall() {
        EmbeddedKafka kafka = EmbeddedKafka.start();
        kafka.failure().complete(new IllegalStateException("disk full"));
        assertThatThrownBy(() -> kafka.createTopic("orders", 1))
                .isInstanceOf(EmbeddedKafkaException.class)
                .hasMessage("Kafka died: disk full");
        assertThatThrownBy(kafka::close).hasMessage("Kafka died: disk full");
        assertThat(kafka.dataFolder()).doesNotExist();
    }
}
