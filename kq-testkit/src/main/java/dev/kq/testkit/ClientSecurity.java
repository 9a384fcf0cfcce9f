package dev.kq.testkit;

import dev.kq.testkit.CertificateAuthority.Issued;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows how clients must connect: plain, with a user, with TLS, or both; as the broker and as a client says it.
 * Immutable.
 *
 * @param tls null for none
 */
record ClientSecurity(
        Map<String, String> plainUsers,
        Map<String, String> scramUsers,
        boolean oauthBearer,
        @Nullable Tls tls,
        boolean acls) {
    private static final List<String> SCRAM = List.of("SCRAM-SHA-256", "SCRAM-SHA-512");
    private static final String LISTENER = "listener.name.client.";
    private static final String MODULES = "org.apache.kafka.common.security.";

    /** @param client shown by clients, which then must show one; null if they need not */
    record Tls(
            CertificateAuthority authority,
            Issued server,
            @Nullable Issued client) {}

    String protocol() {
        return (mechanisms().isEmpty() ? "" : "SASL_") + (tls == null ? "PLAINTEXT" : "SSL");
    }

    private List<String> mechanisms() {
        List<String> mechanisms = new ArrayList<>();
        if (!plainUsers.isEmpty()) {
            mechanisms.add("PLAIN");
        }
        if (!scramUsers.isEmpty()) {
            mechanisms.addAll(SCRAM);
        }
        if (oauthBearer) {
            mechanisms.add("OAUTHBEARER");
        }
        return mechanisms;
    }

    Map<String, String> brokerProperties() {
        Map<String, String> properties = new LinkedHashMap<>();
        List<String> mechanisms = mechanisms();
        if (!mechanisms.isEmpty()) {
            properties.put("sasl.enabled.mechanisms", String.join(",", mechanisms));
        }
        mechanisms.forEach(mechanism -> properties.put(
                LISTENER + mechanism.toLowerCase(Locale.ROOT) + ".sasl.jaas.config", brokerJaas(mechanism)));
        if (tls != null) {
            properties.putAll(certificate(tls.server));
            // a test shows clients what it likes, see EmbeddedKafka.useCertificate
            properties.put("ssl.allow.dn.changes", "true");
            properties.put("ssl.allow.san.changes", "true");
            if (tls.client != null) {
                properties.put(LISTENER + "ssl.client.auth", "required");
                properties.put(LISTENER + "ssl.truststore.type", "PEM");
                properties.put(
                        LISTENER + "ssl.truststore.location",
                        tls.authority.caFile().toString());
            }
        }
        if (acls) {
            properties.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
            properties.put("super.users", "User:ANONYMOUS"); // who comes through the internal listeners
        }
        return properties;
    }

    /** What makes the brokers show this certificate to clients. */
    static Map<String, String> certificate(Issued certificate) {
        return Map.of(
                LISTENER + "ssl.keystore.type",
                "PEM",
                LISTENER + "ssl.keystore.certificate.chain",
                certificate.certificates(),
                LISTENER + "ssl.keystore.key",
                certificate.key());
    }

    /** The users that are in a data folder from its beginning, as Kafka's formatter wants them. */
    List<String> scramArguments() {
        List<String> arguments = new ArrayList<>();
        scramUsers.forEach((user, password) -> SCRAM.forEach(
                mechanism -> arguments.add(mechanism + "=[name=\"" + user + "\",password=\"" + password + "\"]")));
        return arguments;
    }

    Map<String, Object> clientProperties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("security.protocol", protocol());
        if (!mechanisms().isEmpty()) {
            String mechanism = mechanisms().get(0);
            properties.put("sasl.mechanism", mechanism);
            properties.put("sasl.jaas.config", clientJaas(mechanism));
        }
        if (tls != null) {
            properties.put("ssl.truststore.type", "PEM");
            properties.put("ssl.truststore.location", tls.authority.caFile().toString());
            if (tls.client != null) {
                properties.put("ssl.keystore.type", "PEM");
                properties.put("ssl.keystore.certificate.chain", tls.client.certificates());
                properties.put("ssl.keystore.key", tls.client.key());
            }
        }
        return properties;
    }

    private String brokerJaas(String mechanism) {
        StringBuilder jaas = new StringBuilder(module(mechanism));
        if (mechanism.equals("PLAIN")) {
            plainUsers.forEach((user, password) ->
                    jaas.append(' ').append(quoted("user_" + user)).append('=').append(quoted(password)));
        } else if (mechanism.equals("OAUTHBEARER")) {
            jaas.append(" unsecuredLoginStringClaim_sub=\"broker\"");
        }
        return jaas.append(';').toString();
    }

    private String clientJaas(String mechanism) {
        if (mechanism.equals("OAUTHBEARER")) {
            return module(mechanism) + " unsecuredLoginStringClaim_sub=\"client\";";
        }
        Map<String, String> users = mechanism.equals("PLAIN") ? plainUsers : scramUsers;
        Map.Entry<String, String> first = users.entrySet().iterator().next();
        return module(mechanism) + " username=" + quoted(first.getKey()) + " password=" + quoted(first.getValue())
                + ";";
    }

    private static String module(String mechanism) {
        return MODULES
                + switch (mechanism) {
                    case "PLAIN" -> "plain.PlainLoginModule";
                    case "OAUTHBEARER" -> "oauthbearer.OAuthBearerLoginModule";
                    default -> "scram.ScramLoginModule";
                }
                + " required";
    }

    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Passwords stay out of logs and messages. */
    @Override
    public String toString() {
        return protocol();
    }
}
