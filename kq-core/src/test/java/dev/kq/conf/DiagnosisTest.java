package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertificateNotYetValidException;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.junit.jupiter.api.Test;

/** What a broker does not say in SecurityTest and TlsTest, or hardly ever. */
class DiagnosisTest {
    private static final Connection CONNECTION = Connection.builder()
            .brokers("a:1")
            .username("ann")
            .password("hunter2")
            .build();

    private static String of(Throwable failure) {
        return CONNECTION.explain(failure);
    }

    private static SslAuthenticationException handshake(Throwable cause) {
        SSLHandshakeException handshake = new SSLHandshakeException("PKIX");
        handshake.initCause(cause);
        return new SslAuthenticationException("SSL handshake failed", handshake);
    }

    @Test
    void otherFailures_areNotExplained() {
        assertThat(of(new TimeoutException("slow"))).isNull();
        assertThat(of(new KafkaException("something", new IllegalStateException("else"))))
                .isNull();
    }

    @Test
    void causes_areLookedAt() {
        assertThat(of(new KafkaException("callback", new TopicAuthorizationException(Set.of("t")))))
                .isEqualTo("not authorized for topic t");
        assertThat(of(handshake(new CertificateNotYetValidException("NotBefore: later"))))
                .isEqualTo("the broker's certificate is not valid yet: NotBefore: later");
    }

    @Test
    void alerts_areAboutTheClientsCertificate_orNot() {
        assertThat(of(new SslAuthenticationException(
                        "SSL handshake failed",
                        new SSLHandshakeException("(handshake_failure) Received fatal alert: handshake_failure"))))
                .isEqualTo("the broker ends the TLS handshake: handshake_failure");
        assertThat(of(new SslAuthenticationException(
                        "SSL handshake failed", new SSLHandshakeException("Received fatal alert: bad_certificate"))))
                .isEqualTo("the broker wants a client certificate, and there is no CertFile: bad_certificate");
        assertThat(of(handshake(new IllegalStateException("odd")))).isEqualTo("the TLS handshake failed: odd");
    }

    @Test
    void users_areNamed_passwordsAreNot() {
        assertThat(of(new SaslAuthenticationException("no"))).isEqualTo("wrong user or password (user ann, PLAIN): no");
        assertThat(of(new UnsupportedSaslMechanismException("enabled mechanisms are [OAUTHBEARER]")))
                .isEqualTo("the broker does not take SaslMechanism PLAIN: enabled mechanisms are [OAUTHBEARER]");
        assertThat(of(new ClusterAuthorizationException("Cluster authorization failed.")))
                .isEqualTo("not authorized: Cluster authorization failed.");
    }
}
