package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void saslScram_letsOnlyTheRightPasswordIn_andUsersChangeWhileItRuns() throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().saslScram("alice", "first").start()) {
            assertThat(kafka.clientProperties()).containsEntry("sasl.mechanism", "SCRAM-SHA-256");
            roundTrip(kafka);
            Map<String, Object> changed = replaced(kafka.clientProperties(), "first", "second");
            assertThatThrownBy(() -> connect(changed)).hasCauseInstanceOf(SaslAuthenticationException.class);

            try (Admin admin = Admin.create(kafka.adminProperties())) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                                "alice", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "second")))
                        .all()
                        .get();
            }
            changed.put("sasl.mechanism", "SCRAM-SHA-512");
            await().atMost(Duration.ofSeconds(30))
                    .ignoreException(ExecutionException.class)
                    .untilAsserted(() -> connect(changed));
        }
        assertThatThrownBy(() -> EmbeddedKafka.builder().saslScram("a,b", "x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saslOauthBearer_letsTokensIn_andAclsSayWhatTheyMayDo() throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().saslOauthBearer().acls().start()) {
            connect(kafka.clientProperties());
            kafka.createTopic("orders", 1);
            Client client = new Client(kafka.clientProperties());
            assertThatThrownBy(() -> client.send("orders", "a")).hasMessageContaining("authorized");
            try (Admin admin = Admin.create(kafka.adminProperties())) {
                admin.createAcls(List.of(new AclBinding(
                                new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.LITERAL),
                                new AccessControlEntry(
                                        "User:client", "*", AclOperation.WRITE, AclPermissionType.ALLOW))))
                        .all()
                        .get();
            }
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> client.send("orders", "a"));
        }
        assertThatThrownBy(() -> EmbeddedKafka.builder().tls().acls().start())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void clientCertificates_letsOnlyThoseOfTheAuthorityIn(@TempDir Path folder) throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().clientCertificates().start()) {
            assertThat(kafka.clientProperties()).containsEntry("security.protocol", "SSL");
            roundTrip(kafka);
            CertificateAuthority authority = kafka.certificateAuthority();
            connect(shows(kafka, authority.issue("other")));

            assertThatThrownBy(() -> connect(shows(kafka, authority.issueExpired("late"))))
                    .hasCauseInstanceOf(SslAuthenticationException.class);
            assertThatThrownBy(() ->
                            connect(shows(kafka, CertificateAuthority.in(folder).issue("stranger"))))
                    .hasCauseInstanceOf(SslAuthenticationException.class);
        }
    }

    @Test
    void useCertificate_isWhatClientsSeeFromThenOn_andAfterARestart() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().tls().start()) {
            connect(kafka.clientProperties());
            kafka.useCertificate(kafka.certificateAuthority().issueExpired("late", "127.0.0.1"));
            assertThatThrownBy(() -> connect(kafka.clientProperties()))
                    .hasCauseInstanceOf(SslAuthenticationException.class)
                    .hasRootCauseInstanceOf(CertificateExpiredException.class);
            kafka.useCertificate(kafka.certificateAuthority().issue("elsewhere", "kafka.example"));
            kafka.stopNode(0);
            kafka.startNode(0);
            assertThatThrownBy(() -> connect(kafka.clientProperties()))
                    .hasCauseInstanceOf(SslAuthenticationException.class)
                    .hasRootCauseMessage("No subject alternative names matching IP address 127.0.0.1 found");
        }
        try (EmbeddedKafka plain = EmbeddedKafka.start()) {
            assertThatThrownBy(plain::certificateAuthority).hasMessageContaining("tls()");
        }
    }

    private static Map<String, Object> shows(EmbeddedKafka kafka, CertificateAuthority.Issued certificate)
            throws IOException {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put("ssl.keystore.certificate.chain", Files.readString(certificate.certFile()));
        properties.put("ssl.keystore.key", Files.readString(certificate.keyFile()));
        return properties;
    }

    private static Map<String, Object> replaced(Map<String, Object> properties, String old, String now) {
        properties.replaceAll((key, value) ->
                key.equals("sasl.jaas.config") ? value.toString().replace(old, now) : value);
        return properties;
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
