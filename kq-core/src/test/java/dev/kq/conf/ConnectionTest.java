package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {
    private static Connection.Builder small() {
        return Connection.builder().brokers("a:1,b:2");
    }

    private static AppConfigurationEntry jaas(Connection connection) {
        Password config = (Password) connection.clientProperties().get("sasl.jaas.config");
        return JaasContext.loadClientContext(Map.of("sasl.jaas.config", config))
                .configurationEntries()
                .get(0);
    }

    @Test
    void plainConnection_hasOnlyBrokers() {
        assertThat(small().build().clientProperties())
                .isEqualTo(Map.of("bootstrap.servers", "a:1,b:2", "security.protocol", "PLAINTEXT"));
    }

    @Test
    void userAndPassword_turnSaslOn() {
        Connection connection = small().username("u").password("p").build();

        assertThat(connection.clientProperties())
                .containsEntry("security.protocol", "SASL_PLAINTEXT")
                .containsEntry("sasl.mechanism", "PLAIN");
        assertThat(jaas(connection).getLoginModuleName())
                .isEqualTo("org.apache.kafka.common.security.plain.PlainLoginModule");
    }

    @Test
    void scram_hasItsOwnLoginModule() {
        Connection connection = small().username("u")
                .password("p")
                .saslMechanism("scram-sha-256")
                .build();

        assertThat(connection.clientProperties()).containsEntry("sasl.mechanism", "SCRAM-SHA-256");
        assertThat(jaas(connection).getLoginModuleName())
                .isEqualTo("org.apache.kafka.common.security.scram.ScramLoginModule");
    }

    @Test
    void passwords_comeThroughTheJaasParserAsTheyAre() {
        for (String secret : List.of(
                "simple",
                "a\"b",
                "a\\b",
                "a'b",
                "a;b=c",
                "a\nb\tc\r",
                "\\n",
                "\u00011",
                "\u0007",
                "pä$$ ü😀",
                " ",
                "${x}",
                "#//*")) {
            Map<String, ?> options =
                    jaas(small().username(secret).password(secret).build()).getOptions();
            assertThat(options.get("password")).as(secret).isEqualTo(secret);
            assertThat(options.get("username")).as(secret).isEqualTo(secret);
        }
    }

    @Test
    void caFile_turnsTlsOnAndChecksHostNames(@TempDir Path dir) throws Exception {
        TestCertificate made = TestCertificate.make(dir);
        Connection connection = small().caFile(made.certificate().toString()).build();

        assertThat(connection.clientProperties())
                .containsEntry("security.protocol", "SSL")
                .containsEntry("ssl.truststore.type", "PEM")
                .containsEntry("ssl.truststore.location", made.certificate().toString())
                .doesNotContainKey("ssl.endpoint.identification.algorithm");
        assertThat(engine(connection).truststore().size()).isEqualTo(1);
    }

    @Test
    void clientCertificate_isGivenToKafkaAsPem(@TempDir Path dir) throws Exception {
        TestCertificate made = TestCertificate.make(dir);
        Connection connection = small().certFile(made.certificate().toString())
                .keyFile(made.key().toString())
                .username("u")
                .password("p")
                .insecureSkipVerify(true)
                .build();

        assertThat(connection.clientProperties())
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("ssl.endpoint.identification.algorithm", "");
        assertThat(engine(connection).keystore().size()).isEqualTo(1);
        assertThat(connection.clientProperties().toString())
                .doesNotContain("BEGIN")
                .contains("[hidden]");
    }

    @Test
    void keyInAnotherForm_isNamed(@TempDir Path dir) throws IOException {
        Path key = Files.writeString(dir.resolve("key.pem"), "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n");

        assertThatThrownBy(
                        () -> small().keyFile(key.toString()).certFile("none").build())
                .hasMessage("CertFile: there is no such file: none (allowed: a readable PEM file)\n"
                        + "KeyFile: the key is not in PKCS#8 form (openssl pkcs8 -topk8 -nocrypt makes it so): " + key
                        + " (allowed: a readable PEM file)");
    }

    @Test
    void fileThatIsGoneLater_isAConfException(@TempDir Path dir) throws Exception {
        TestCertificate made = TestCertificate.make(dir);
        Connection connection = small().certFile(made.certificate().toString())
                .keyFile(made.key().toString())
                .build();
        Files.delete(made.key());

        assertThatThrownBy(connection::clientProperties)
                .isInstanceOf(ConfException.class)
                .hasMessage("KeyFile: there is no such file: " + made.key());
    }

    @Test
    void properties_areKnownToKafka() {
        Map<String, Object> properties =
                new LinkedHashMap<>(small().username("u").password("p").build().clientProperties());
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);

        ConsumerConfig config = new ConsumerConfig(properties);

        assertThat(config.unused()).isNotEmpty();
        assertThat(ConsumerConfig.configNames()).containsAll(properties.keySet());
        assertThat(config.getString(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG))
                .isEqualTo("SASL_PLAINTEXT");
    }

    private static DefaultSslEngineFactory engine(Connection connection) {
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        Map<String, Object> config = new LinkedHashMap<>(connection.clientProperties());
        config.put("ssl.protocol", "TLSv1.3");
        config.put("ssl.cipher.suites", List.of());
        config.put("ssl.enabled.protocols", List.of("TLSv1.3"));
        factory.configure(config);
        return factory;
    }
}
