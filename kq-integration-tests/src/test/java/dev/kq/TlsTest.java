package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.kq.testkit.CertificateAuthority;
import dev.kq.testkit.CertificateAuthority.Issued;
import dev.kq.testkit.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates, of brokers and of clients: which are taken, what is said of the others, and when they are renewed. */
@Timeout(120)
class TlsTest extends SecuredTest {
    @TempDir
    private static Path folder;

    /** Clients need a CaFile and no more. */
    private static EmbeddedKafka kafka;
    /** Clients must show a certificate. */
    private static EmbeddedKafka mutual;

    private static Issued good;
    private static CertificateAuthority other;

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.builder().tls().start();
        mutual = EmbeddedKafka.builder().clientCertificates().start();
        good = kafka.certificateAuthority().issue("broker", "127.0.0.1");
        other = CertificateAuthority.in(folder.resolve("other"));
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
        mutual.close();
    }

    @AfterEach
    void goodCertificate() {
        end(); // nobody is to see the change
        kafka.useCertificate(good);
    }

    private String trust() {
        return "CaFile: " + kafka.caFile().orElseThrow();
    }

    @Test
    void caFileAlone_isEnough_andABrokerThatRenewsItsCertificateIsFollowed() throws Exception {
        kafka.createTopic(topic, 1);
        KqQueue queue = start(kafka, trust());
        awaitHandled(kafka, queue, "before");
        kafka.useCertificate(kafka.certificateAuthority().issue("renewed", "127.0.0.1"));
        kafka.stopNode(0);
        kafka.startNode(0);
        awaitHandled(kafka, queue, "after");
        assertThat(log.lines(Level.WARN)).noneMatch(line -> line.contains("no access"));
    }

    @Test
    void expiredCertificate_isNamed_andTheQueueReadsWhenItIsRenewed() throws Exception {
        refusedUntilRenewed(
                kafka.certificateAuthority().issueExpired("late", "127.0.0.1"),
                "no access: the broker's certificate has expired: NotAfter: ");
    }

    @Test
    void certificateForAnotherHost_isNamed_andTheQueueReadsWhenItIsReplaced() throws Exception {
        refusedUntilRenewed(
                kafka.certificateAuthority().issue("elsewhere", "kafka.example"),
                "no access: the broker's certificate is for another host: No subject alternative names matching"
                        + " IP address 127.0.0.1 found");
    }

    @Test
    void certificateOfAnotherAuthority_isNamed_andTheQueueReadsWhenItIsReplaced() throws Exception {
        refusedUntilRenewed(
                other.issue("stranger", "127.0.0.1"),
                "no access: the broker's certificate is not trusted by " + trust().replace(":", ""));
    }

    private void refusedUntilRenewed(Issued bad, String reason) throws Exception {
        kafka.createTopic(topic, 1);
        kafka.useCertificate(bad);
        KqQueue queue = start(kafka, trust());
        awaitReason(queue, reason);
        kafka.useCertificate(good);
        awaitHandled(kafka, queue, "v");
        assertThat(log.lines(Level.INFO)).contains(topic + ": no longer: no access");
    }

    @Test
    void wrongCaFile_isNamed_andTheRightOneIsUsedAsSoonAsItIsThere() throws Exception {
        kafka.createTopic(topic, 1);
        Path caFile = Files.copy(other.caFile(), folder.resolve("ca.pem"));
        KqQueue queue = start(kafka, "CaFile: " + caFile);
        awaitReason(queue, "no access: the broker's certificate is not trusted by CaFile " + caFile);
        replace(kafka.caFile().orElseThrow(), caFile);
        awaitHandled(kafka, queue, "v");
    }

    @Test
    void insecureSkipVerify_takesAnotherHostsCertificate_andWarnsAtEachStart_butTakesNoUntrustedOne() throws Exception {
        kafka.createTopic(topic, 1);
        kafka.useCertificate(kafka.certificateAuthority().issue("elsewhere", "kafka.example"));
        for (int i = 1; i <= 2; i++) {
            KqQueue queue = start(kafka, trust(), "InsecureSkipVerify: true");
            awaitHandled(kafka, queue, "v" + i);
            queue.close();
            assertThat(log.lines(Level.WARN))
                    .hasSize(i)
                    .allMatch(line -> line.startsWith(
                            "queue " + topic + ": InsecureSkipVerify: the brokers' host names are not compared"));
        }
        kafka.useCertificate(other.issue("stranger", "127.0.0.1"));
        awaitReason(
                start(kafka, trust(), "InsecureSkipVerify: true"), "the broker's certificate is not trusted by CaFile");
    }

    @Test
    void clientCertificate_isRead_whenItIsRenewedOnDisk() throws Exception {
        mutual.createTopic(topic, 1);
        CertificateAuthority authority = mutual.certificateAuthority();
        Issued first = authority.issue("first");
        KqQueue queue = start(
                mutual,
                "CaFile: " + authority.caFile(),
                "CertFile: " + first.certFile(),
                "KeyFile: " + first.keyFile());
        awaitHandled(mutual, queue, "first");

        replace(authority.issueExpired("late"), first);
        reconnect();
        awaitReason(queue, "no access: the broker refuses the client certificate in CertFile " + first.certFile());
        replace(authority.issue("second"), first);
        awaitHandled(mutual, queue, "second");
        long warnings = certificateWarnings(); // certificate and key are replaced one after the other

        Files.writeString(first.certFile(), "half a certificate");
        reconnect();
        awaitHandled(mutual, queue, "third");
        assertThat(certificateWarnings() - warnings).isEqualTo(1);
    }

    private long certificateWarnings() {
        return log.lines(Level.WARN).stream()
                .filter(line -> line.startsWith("certificate files"))
                .filter(line -> line.contains("cannot be used, the earlier ones stay"))
                .count();
    }

    @Test
    void missingClientCertificate_isNamed() {
        mutual.createTopic(topic, 1);
        KqQueue queue = start(mutual, "CaFile: " + mutual.caFile().orElseThrow());
        awaitReason(queue, "no access: the broker wants a client certificate, and there is no CertFile: ");
    }

    @Test
    void clientCertificateOfAnotherAuthority_isNamed() {
        mutual.createTopic(topic, 1);
        Issued stranger = other.issue("stranger");
        KqQueue queue = start(
                mutual,
                "CaFile: " + mutual.caFile().orElseThrow(),
                "CertFile: " + stranger.certFile(),
                "KeyFile: " + stranger.keyFile());
        awaitReason(queue, "no access: the broker refuses the client certificate in CertFile " + stranger.certFile());
    }

    @Test
    void portThatWantsTlsOrDoesNot_isSuspected() throws Exception {
        try (EmbeddedKafka plain = EmbeddedKafka.start()) {
            start(plain, trust());
            start(kafka);
            for (KqQueue queue : queues) {
                await().untilAsserted(() -> assertThat(queue.health().reasons())
                        .anyMatch(reason -> reason.startsWith("no broker answers: every connection is closed at once,"
                                + " is TLS or a user wanted there, or not?")));
            }
        }
    }

    private static void reconnect() {
        mutual.stopNode(0);
        mutual.startNode(0);
    }

    private static void replace(Issued by, Issued old) throws IOException {
        replace(by.certFile(), old.certFile());
        replace(by.keyFile(), old.keyFile());
    }

    private static void replace(Path by, Path old) throws IOException {
        Files.copy(by, old, StandardCopyOption.REPLACE_EXISTING);
    }
}
