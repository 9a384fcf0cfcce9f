package dev.kq.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Knows how clients must connect: plain, with a password, with TLS, or both; as the broker and as a client says it. */
record ClientSecurity(Map<String, String> users, @Nullable TlsFiles tls) {
    String protocol() {
        if (users.isEmpty()) {
            return tls == null ? "PLAINTEXT" : "SSL";
        }
        return tls == null ? "SASL_PLAINTEXT" : "SASL_SSL";
    }

    Map<String, String> brokerProperties() {
        Map<String, String> properties = new LinkedHashMap<>();
        if (!users.isEmpty()) {
            StringBuilder jaas = new StringBuilder("org.apache.kafka.common.security.plain.PlainLoginModule required");
            users.forEach((user, password) ->
                    jaas.append(' ').append(quoted("user_" + user)).append('=').append(quoted(password)));
            properties.put("sasl.enabled.mechanisms", "PLAIN");
            properties.put(
                    "listener.name.client.plain.sasl.jaas.config",
                    jaas.append(';').toString());
        }
        if (tls != null) {
            properties.put("listener.name.client.ssl.keystore.type", "PEM");
            properties.put(
                    "listener.name.client.ssl.keystore.location", tls.server().toString());
        }
        return properties;
    }

    Map<String, Object> clientProperties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("security.protocol", protocol());
        if (!users.isEmpty()) {
            Map.Entry<String, String> first = users.entrySet().iterator().next();
            properties.put("sasl.mechanism", "PLAIN");
            properties.put(
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.plain.PlainLoginModule required username="
                            + quoted(first.getKey()) + " password=" + quoted(first.getValue()) + ";");
        }
        if (tls != null) {
            properties.put("ssl.truststore.type", "PEM");
            properties.put("ssl.truststore.location", tls.ca().toString());
        }
        return properties;
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
