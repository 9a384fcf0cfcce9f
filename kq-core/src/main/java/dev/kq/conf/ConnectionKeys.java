package dev.kq.conf;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of a {@link Connection} and their cross-checks. */
final class ConnectionKeys {
    private static final Pattern HOST_PORT = Pattern.compile(
            "(?:\\[(?<v6>[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z._-]{1,20})?)]|(?<host>[0-9A-Za-z._-]{1,255})):(?<port>[0-9]{1,5})");

    static final Section<Connection.Builder, Connection> SECTION = Section.<Connection.Builder, Connection>of(
                    Connection.Builder::new, Connection::new)
            .keys(List.of(
                    Key.<Connection.Builder>texts(
                                    "Brokers",
                                    "host:port",
                                    "host:port with a port from 1 to 65535, [::1]:9092 for IPv6",
                                    ConnectionKeys::wrongBroker,
                                    b -> b.brokers,
                                    Connection.Builder::brokers)
                            .required()
                            .ofKq()
                            .kafka("bootstrap.servers")
                            .says("Where the brokers are; one or some of the cluster is enough."),
                    Key.<Connection.Builder>text("Username", b -> b.username, Connection.Builder::username)
                            .ofKq()
                            .kafka("sasl.jaas.config")
                            .says("The user. SASL is used if there are a user and a password."),
                    Key.<Connection.Builder>secret("Password", b -> b.password, Connection.Builder::password)
                            .ofKq()
                            .kafka("sasl.jaas.config")
                            .says("The user's password."),
                    Key.<Connection.Builder>oneOf(
                                    "SaslMechanism",
                                    List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
                                    b -> b.saslMechanism,
                                    Connection.Builder::saslMechanism)
                            .kafka("sasl.mechanism")
                            .says("How the password is proven to the broker. Others through Properties."),
                    file("CaFile", PemFile::wrongCertificates, b -> b.caFile, Connection.Builder::caFile)
                            .ofKq()
                            .kafka("ssl.truststore.location")
                            .says("Certificates to trust; turns TLS on, alone or with a user."),
                    file("CertFile", PemFile::wrongCertificates, b -> b.certFile, Connection.Builder::certFile)
                            .kafka("ssl.keystore.certificate.chain")
                            .says("The client's certificate chain, for TLS with client certificates. Needs KeyFile."),
                    file("KeyFile", PemFile::wrongKey, b -> b.keyFile, Connection.Builder::keyFile)
                            .kafka("ssl.keystore.key")
                            .says("The client's private key, PKCS#8. Needs CertFile."),
                    Key.<Connection.Builder>bool(
                                    "InsecureSkipVerify",
                                    b -> b.insecureSkipVerify,
                                    Connection.Builder::insecureSkipVerify)
                            .kafka("ssl.endpoint.identification.algorithm")
                            .says("Do not compare the broker's host name with its certificate. For tests.")))
            .check(ConnectionKeys::pairs);

    private ConnectionKeys() {}

    private static Key<Connection.Builder> file(
            String name,
            Function<String, @Nullable String> rule,
            Function<Connection.Builder, @Nullable String> get,
            BiConsumer<Connection.Builder, String> set) {
        return Key.text(name, "PEM file", "a readable PEM file", rule, get, set);
    }

    private static @Nullable String wrongBroker(String broker) {
        Matcher matcher = HOST_PORT.matcher(broker);
        if (!matcher.matches()) {
            return "not host:port";
        }
        int port = Integer.parseInt(matcher.group("port"));
        return port < 1 || port > 65535 ? "not a port" : null;
    }

    private static void pairs(Connection.Builder b, Findings findings) {
        pair("Username", b.username, "Password", b.password, findings);
        pair("CertFile", b.certFile, "KeyFile", b.keyFile, findings);
    }

    private static void pair(
            String one, @Nullable String first, String other, @Nullable String second, Findings findings) {
        if (findings.sound(one, other) && (first == null) != (second == null)) {
            String there = first == null ? other : one;
            findings.reject(there, "is there without " + (first == null ? one : other) + " (allowed: both or neither)");
        }
    }
}
