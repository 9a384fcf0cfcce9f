package dev.kq.conf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the brokers: addresses, user and TLS. The same for every Kafka client, so that queues, pushers and dead
 * letters share it. Immutable; {@link #toString()} shows no secret.
 *
 * <p>SASL is used if there are a user name and a password, as in kq. TLS is used if there is a {@code CaFile} or a
 * client certificate; host names are then checked unless {@code InsecureSkipVerify} is set.
 */
public final class Connection {
    private final List<String> brokers;
    private final @Nullable String username;
    private final @Nullable String password;
    private final String saslMechanism;
    private final @Nullable String caFile;
    private final @Nullable String certFile;
    private final @Nullable String keyFile;
    private final boolean insecureSkipVerify;

    Connection(Builder b) {
        brokers = List.copyOf(b.brokers);
        username = b.username;
        password = b.password;
        saslMechanism = b.saslMechanism;
        caFile = b.caFile;
        certFile = b.certFile;
        keyFile = b.keyFile;
        insecureSkipVerify = b.insecureSkipVerify;
    }

    /**
     * Starts a connection in code. Only brokers are required.
     *
     * @return a new builder, not thread-safe
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The keys of a connection, for sections that have them on their level. */
    public static Section<Builder, Connection> section() {
        return ConnectionKeys.SECTION;
    }

    /** A builder that holds these settings, for a changed copy. */
    public Builder toBuilder() {
        Builder copy = new Builder();
        copy.brokers = brokers;
        copy.username = username;
        copy.password = password;
        copy.saslMechanism = saslMechanism;
        copy.caFile = caFile;
        copy.certFile = certFile;
        copy.keyFile = keyFile;
        copy.insecureSkipVerify = insecureSkipVerify;
        return copy;
    }

    /** Where the brokers are, {@code host:port} each, at least one. Kafka: {@code bootstrap.servers}. */
    public List<String> brokers() {
        return brokers;
    }

    /** The user, or null for none. */
    public @Nullable String username() {
        return username;
    }

    /** How the password is proven: {@code PLAIN}, {@code SCRAM-SHA-256} or {@code SCRAM-SHA-512}. Default PLAIN. */
    public String saslMechanism() {
        return saslMechanism;
    }

    /** Whether a user logs in: there are a user name and a password. */
    public boolean sasl() {
        return username != null && password != null;
    }

    /** Whether the connection is encrypted: there is a {@code CaFile} or a client certificate. */
    public boolean tls() {
        return caFile != null || certFile != null;
    }

    /** Whether host names go unchecked. Default false. */
    public boolean insecureSkipVerify() {
        return insecureSkipVerify;
    }

    /**
     * These settings under the names that Kafka's clients know: {@code bootstrap.servers}, {@code security.protocol},
     * {@code sasl.*}, {@code ssl.*}. Secrets are {@link Password}s, which print as {@code [hidden]}. Certificate files
     * are read again for each connection whenever they have changed.
     *
     * @return a new map
     * @throws ConfException if a certificate or key file cannot be read
     */
    public Map<String, Object> clientProperties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("bootstrap.servers", String.join(",", brokers));
        properties.put("security.protocol", (sasl() ? "SASL_" : "") + (tls() ? "SSL" : "PLAINTEXT"));
        if (username != null && password != null) {
            properties.put("sasl.mechanism", saslMechanism);
            properties.put("sasl.jaas.config", new Password(jaas(username, password)));
        }
        if (tls()) {
            properties.put("ssl.engine.factory.class", TlsFiles.class);
        }
        if (caFile != null) {
            properties.put("ssl.truststore.type", "PEM");
            properties.put("ssl.truststore.location", caFile);
        }
        if (certFile != null && keyFile != null) {
            properties.put("ssl.keystore.type", "PEM");
            properties.put("ssl.keystore.certificate.chain", new Password(PemFile.read("CertFile", certFile)));
            properties.put("ssl.keystore.key", new Password(PemFile.read("KeyFile", keyFile)));
            properties.put(TlsFiles.CERT_FILE, certFile);
            properties.put(TlsFiles.KEY_FILE, keyFile);
        }
        if (insecureSkipVerify) {
            properties.put("ssl.endpoint.identification.algorithm", "");
        }
        return properties;
    }

    /**
     * Says in plain words what a failure of a Kafka client with this connection is, if it is about security: a wrong
     * password, a certificate that is not trusted, has expired or is for another host, a client certificate that is
     * missing or refused, or something that this user may not do.
     *
     * @param failure what the client threw; its causes are looked at too
     * @return without secrets; null if it is about something else
     */
    public @Nullable String explain(Throwable failure) {
        return Diagnosis.of(toBuilder(), failure);
    }

    private String jaas(String user, String secret) {
        String module = saslMechanism.toUpperCase(Locale.ROOT).startsWith("SCRAM")
                ? "org.apache.kafka.common.security.scram.ScramLoginModule"
                : "org.apache.kafka.common.security.plain.PlainLoginModule";
        return module + " required username=" + quoted(user) + " password=" + quoted(secret) + ";";
    }

    /** As the tokenizer of Kafka's JAAS parser reads it back. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append('\\').append(String.format(Locale.ROOT, "%03o", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** Every setting, secrets as {@code ******}. */
    @Override
    public String toString() {
        return "Connection" + ConnectionKeys.SECTION.describe(toBuilder());
    }

    /**
     * Collects the settings of a {@link Connection}. Every setter takes the place of an earlier call. Not thread-safe.
     */
    public static final class Builder {
        List<String> brokers = List.of();

        @Nullable
        String username;

        @Nullable
        String password;

        String saslMechanism = "PLAIN";

        @Nullable
        String caFile;

        @Nullable
        String certFile;

        @Nullable
        String keyFile;

        boolean insecureSkipVerify;

        Builder() {}

        /** Sets {@link Connection#brokers()}, {@code host:port} each; one text may hold several with commas between. */
        public Builder brokers(String... value) {
            return brokers(List.of(value));
        }

        /** Sets {@link Connection#brokers()}, {@code host:port} each; one text may hold several with commas between. */
        public Builder brokers(List<String> value) {
            brokers = TextListKind.split(value);
            return this;
        }

        /** Sets the user name; needs a password. Null or empty = none. Kafka: in {@code sasl.jaas.config}. */
        public Builder username(@Nullable String value) {
            username = given(value);
            return this;
        }

        /** Sets the password; needs a user name. Null or empty = none. Kafka: in {@code sasl.jaas.config}. */
        public Builder password(@Nullable String value) {
            password = given(value);
            return this;
        }

        /** Sets {@link Connection#saslMechanism()}. Kafka: {@code sasl.mechanism}. */
        public Builder saslMechanism(String value) {
            saslMechanism = Objects.requireNonNull(value, "saslMechanism").toUpperCase(Locale.ROOT);
            return this;
        }

        /**
         * Sets the PEM file with the certificates to trust, and with it TLS; null or empty = TLS only with a client
         * certificate, and then the JVM's own authorities. Relative to the working directory. Kafka:
         * {@code ssl.truststore.location}.
         */
        public Builder caFile(@Nullable String value) {
            caFile = given(value);
            return this;
        }

        /** Sets the PEM file with the client's certificate chain; needs a key file. Null or empty = none. */
        public Builder certFile(@Nullable String value) {
            certFile = given(value);
            return this;
        }

        /** Sets the PEM file with the client's private key, PKCS#8; needs a certificate file. Null or empty = none. */
        public Builder keyFile(@Nullable String value) {
            keyFile = given(value);
            return this;
        }

        /**
         * Sets whether the brokers' host names go unchecked; their certificates must still lead to a trusted authority.
         * Default false. Kafka: an empty {@code ssl.endpoint.identification.algorithm}.
         */
        public Builder insecureSkipVerify(boolean value) {
            insecureSkipVerify = value;
            return this;
        }

        /**
         * Checks all settings together and makes the connection.
         *
         * @throws ConfException with every problem at once
         */
        public Connection build() {
            return ConnectionKeys.SECTION.build(this);
        }

        /** Every setting so far, secrets as {@code ******}. */
        @Override
        public String toString() {
            return "Connection.Builder" + ConnectionKeys.SECTION.describe(this);
        }

        private static @Nullable String given(@Nullable String value) {
            return value == null || value.isEmpty() ? null : value;
        }
    }
}
