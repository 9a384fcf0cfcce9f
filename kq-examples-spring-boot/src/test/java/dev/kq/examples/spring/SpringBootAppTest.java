package dev.kq.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.conf.ConfException;
import dev.kq.pusher.Pusher;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.KafkaExtension;
import dev.kq.testkit.TestNames;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application on a real broker: its configuration, its beans, its end. */
@ExtendWith(KafkaExtension.class)
class SpringBootAppTest {
    private static ConfigurableApplicationContext start(EmbeddedKafka kafka, String... more) {
        List<String> args = new ArrayList<>(List.of(more));
        args.add("--kq.payments.brokers=" + kafka.bootstrapServers());
        return SpringApplication.run(SpringBootApp.class, args.toArray(String[]::new));
    }

    @Test
    void queueBean_handlesWhatThePusherBeanPushes_andStopsWithTheApplication(EmbeddedKafka kafka, TestNames names)
            throws Exception {
        String topic = kafka.createTopic(names.topic(), 2);
        KqQueue queue;
        try (ConfigurableApplicationContext app =
                start(kafka, "--kq.payments.topic=" + topic, "--kq.payments.group=" + names.group())) {
            queue = app.getBean(KqQueue.class);
            app.getBean(Pusher.class).push("alice", "1 EUR");
            assertThat(app.getBean(SpringBootApp.Payments.class).take()).isEqualTo("alice paid 1 EUR");

            KqConf conf = app.getBean(KqConf.class);
            assertThat(conf.processors()).isEqualTo(4);
            assertThat(conf.retry().maxAttempts()).isEqualTo(5);
        }
        assertThat(queue.ended().toCompletableFuture()).succeedsWithin(Duration.ZERO);
    }

    @Test
    void mistakeInTheConfiguration_endsTheStart(EmbeddedKafka kafka) {
        assertThatThrownBy(() -> start(kafka, "--kq.payments.procesors=8"))
                .hasRootCauseInstanceOf(ConfException.class)
                .rootCause()
                .hasMessageContaining("did you mean Processors?");
    }

    @Test
    void main_startsItsOwnKafka_handlesAndEnds() throws Exception {
        PrintStream stdout = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            SpringBootApp.main(new String[0]);
        } finally {
            System.setOut(stdout);
        }
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .contains("alice paid 12.50 EUR", "bob paid 12.50 EUR", "carol paid 12.50 EUR")
                .endsWith("3 payments pushed and handled");
    }
}
