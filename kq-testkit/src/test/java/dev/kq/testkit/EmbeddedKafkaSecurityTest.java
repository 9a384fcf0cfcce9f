package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.junit.jupiter.api.Test;

class EmbeddedKafkaSecurityTest {
    private static final String PASSWORD = "se\"c\\r et;=";

    @Test
    void saslPlain_letsOnlyTheRightPasswordIn() throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().saslPlain("alice", PASSWORD).start()) {
            roundTrip(kafka);

            Map<String, Object> wrong = kafka.clientProperties();
            wrong.computeIfPresent(
                    "sasl.jaas.config", (key, jaas) -> jaas.toString().replace("password=\"se", "password=\"no"));
            assertThatThrownBy(() -> connect(wrong)).hasCauseInstanceOf(SaslAuthenticationException.class);
        }
    }

    @Test
    void tls_letsClientsInThatTrustTheCa() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().tls().start()) {
            assertThat(kafka.caFile().orElseThrow()).content().contains("BEGIN CERTIFICATE");
            roundTrip(kafka);

            Map<String, Object> withoutCa = kafka.clientProperties();
            withoutCa.remove("ssl.truststore.type");
            withoutCa.remove("ssl.truststore.location");
            assertThatThrownBy(() -> connect(withoutCa)).hasCauseInstanceOf(SslAuthenticationException.class);
        }
    }

    @Test
    void saslPlain_worksWithTls() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder()
                .tls()
                .saslPlain("alice", PASSWORD)
                .saslPlain("bob", "other")
                .start()) {
            assertThat(kafka.clientProperties()).containsEntry("security.protocol", "SASL_SSL");
            roundTrip(kafka);
        }
    }

    private static void roundTrip(EmbeddedKafka kafka) throws Exception {
        kafka.createTopic("orders", 1);
        Client client = new Client(kafka.clientProperties());
        client.send("orders", "a");
        assertThat(client.read("orders", "g", 1)).containsExactly("a");
    }

    private static void connect(Map<String, Object> properties) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(properties)) {
            admin.describeCluster().nodes().get();
        }
    }
}
