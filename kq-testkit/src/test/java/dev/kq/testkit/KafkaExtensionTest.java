package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(KafkaExtension.class)
class KafkaExtensionTest {
    private static final Set<String> TOPICS = new HashSet<>();
    private static final Set<EmbeddedKafka> BROKERS = new HashSet<>();

    private String topicBefore = "";

    @BeforeAll
    static void rememberClass(TestNames names, EmbeddedKafka kafka) {
        TOPICS.add(names.topic());
        BROKERS.add(kafka);
    }

    @BeforeEach
    void rememberTest(TestNames names) {
        topicBefore = names.topic();
    }

    @RepeatedTest(3)
    void names_areOfThisTestOnly(TestNames names, EmbeddedKafka kafka) {
        assertThat(TOPICS.add(names.topic())).isTrue();
        assertThat(names.topic()).isEqualTo(topicBefore).startsWith("KafkaExtensionTest-names_areOfThisTestOnly-");
        assertThat(names.topic("x")).isEqualTo(names.topic() + "-x");
        assertThat(names.group()).isEqualTo(names.group()).isNotEqualTo(names.topic());
        assertThat(names.group("x")).isNotEqualTo(names.group());
        kafka.createTopic(names.topic(), 1);
    }

    @Test
    void broker_isShared(EmbeddedKafka kafka, TestNames names) throws Exception {
        assertThat(BROKERS).containsExactly(kafka);
        Client client = new Client(kafka.clientProperties());
        client.send(kafka.createTopic(names.topic(), 1), "a");
        assertThat(client.read(names.topic(), names.group(), 1)).containsExactly("a");
    }
}
