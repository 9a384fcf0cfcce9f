package dev.kq.conf;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.IllegalSaslStateException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.jspecify.annotations.Nullable;

/**
 * Says in plain words which trouble with security a failure of a Kafka client is. A failed handshake says it only in
 * the classes and messages of its causes, and in the name of the alert if it is the broker who ended it. Stateless.
 */
final class Diagnosis {
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    /** What a server says when it is not content with the client's certificate, or that there is none. */
    private static final List<String> OF_CERTIFICATES = List.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "certificate_required",
            "unknown_ca",
            "access_denied",
            "decrypt_error");

    private Diagnosis() {}

    /** Null if the failure, or what caused it, is not about security. */
    static @Nullable String of(Connection.Builder connection, Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String words = t instanceof SSLException || t instanceof AuthenticationException
                    ? ofAuthentication(connection, t)
                    : ofAuthorization(t);
            if (words != null) {
                return words;
            }
        }
        return null;
    }

    private static @Nullable String ofAuthorization(Throwable failure) {
        if (failure instanceof TopicAuthorizationException topics) {
            return topics.unauthorizedTopics().isEmpty()
                    ? "not authorized for the topic"
                    : "not authorized for topic " + String.join(", ", topics.unauthorizedTopics());
        } else if (failure instanceof GroupAuthorizationException) {
            return "not authorized for the consumer group"; // the exception does not always know which
        } else if (failure instanceof TransactionalIdAuthorizationException) {
            return "not authorized for the transactional id";
        }
        return failure instanceof AuthorizationException ? "not authorized: " + failure.getMessage() : null;
    }

    private static String ofAuthentication(Connection.Builder connection, Throwable failure) {
        String words = null;
        String last = "";
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String here = ofTls(connection, t);
            words = here == null ? words : here; // the innermost cause knows best
            last = t.getMessage();
        }
        if (words != null) {
            return words;
        } else if (failure instanceof SSLException || failure instanceof SslAuthenticationException) {
            return "the TLS handshake failed: " + last;
        } else if (failure instanceof UnsupportedSaslMechanismException
                || failure instanceof IllegalSaslStateException) {
            return "the broker does not take SaslMechanism " + connection.saslMechanism + ": " + failure.getMessage();
        }
        return connection.username == null
                ? "wrong credentials: " + failure.getMessage()
                : "wrong user or password (user " + connection.username + ", " + connection.saslMechanism + "): "
                        + failure.getMessage();
    }

    private static @Nullable String ofTls(Connection.Builder connection, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof CertificateExpiredException) {
            return "the broker's certificate has expired: " + message;
        } else if (failure instanceof CertificateNotYetValidException) {
            return "the broker's certificate is not valid yet: " + message;
        } else if (failure instanceof CertificateException && message.matches("(?s)No (subject alternative|name).*")) {
            return "the broker's certificate is for another host: " + message;
        } else if (failure instanceof CertPathBuilderException || failure instanceof CertPathValidatorException) {
            return "the broker's certificate is not trusted by "
                    + (connection.caFile == null ? "the JVM" : "CaFile " + connection.caFile) + ": " + message;
        } else if (failure instanceof SSLException) {
            return ofAlert(connection, message);
        }
        return null;
    }

    private static @Nullable String ofAlert(Connection.Builder connection, String message) {
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return "the broker does not speak TLS on this port";
        }
        Matcher alert = ALERT.matcher(message);
        if (!alert.find()) {
            return null;
        }
        String name = alert.group(1).toLowerCase(Locale.ROOT);
        if (!OF_CERTIFICATES.contains(name)) {
            return "the broker ends the TLS handshake: " + name;
        }
        return connection.certFile == null
                ? "the broker wants a client certificate, and there is no CertFile: " + name
                : "the broker refuses the client certificate in CertFile " + connection.certFile + ": " + name;
    }
}
