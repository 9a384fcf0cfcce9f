package dev.kq.pusher;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import dev.kq.conf.Connection;
import dev.kq.testkit.CertificateAuthority;
import dev.kq.testkit.CertificateAuthority.Issued;
import dev.kq.testkit.EmbeddedKafka;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** The security block of a pusher, for its producer and for the admin client that asks about the topic. */
@Timeout(120)
class PusherSecurityTest {
    private static EmbeddedKafka kafka;
    private static EmbeddedKafka mutual;
    private final String topic;

    PusherSecurityTest(TestInfo test) {
        topic = test.getTestMethod().orElseThrow().getName() + "-" + System.nanoTime();
    }

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.builder()
                .tls()
                .saslPlain("ann", "plain-secret")
                .saslScram("bob", "scram-secret")
                .acls()
                .start();
        mutual = EmbeddedKafka.builder().clientCertificates().start();
    }

    @AfterAll
    static void stop() {
        kafka.close();
        mutual.close();
    }

    /** A pusher as a file describes it: where, and these lines. */
    private Pusher pusher(EmbeddedKafka on, String... lines) {
        List<String> all = new ArrayList<>(List.of("Brokers: " + on.bootstrapServers(), "Topic: " + topic));
        all.add("CaFile: " + on.caFile().orElseThrow());
        all.addAll(List.of(lines));
        return new Pusher(ConfLoader.parse(String.join("\n", all), KqPusherConf.class));
    }

    private Pusher pusher() {
        return pusher(kafka, "Username: ann", "Password: plain-secret");
    }

    private AclBinding write() {
        return acl(AclOperation.WRITE);
    }

    private AclBinding acl(AclOperation operation) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:ann", "*", operation, AclPermissionType.ALLOW));
    }

    private static void grant(AclBinding... acls) throws Exception {
        try (Admin admin = Admin.create(kafka.adminProperties())) {
            admin.createAcls(List.of(acls)).all().get(30, SECONDS);
        }
    }

    private static void revoke(AclBinding acl) throws Exception {
        try (Admin admin = Admin.create(kafka.adminProperties())) {
            admin.deleteAcls(List.of(acl.toFilter())).all().get(30, SECONDS);
        }
    }

    private void awaitRefused(Pusher pusher, String reason) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThatThrownBy(() -> pusher.push("k", "v").get(30, SECONDS))
                                .cause()
                                .isInstanceOf(PushException.class)
                                .hasMessageStartingWith("Push to topic " + topic + " failed: " + reason)
                                .hasMessageNotContaining("secret"));
    }

    private static void awaitTaken(Pusher pusher) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(pusher.pushSync("k", "v").offset()).isNotNegative());
    }

    @Test
    void revokedAcl_failsThePushAndNamesIt_andAGrantMakesThePusherGoOn() throws Exception {
        kafka.createTopic(topic, 1);
        grant(write());
        try (Pusher pusher = pusher()) {
            awaitTaken(pusher);
            revoke(write());
            awaitRefused(pusher, "not authorized to write to the topic");
            assertThatThrownBy(() -> pusher.pushSync("v")).hasCauseInstanceOf(TopicAuthorizationException.class);
            grant(write());
            awaitTaken(pusher);
        }
    }

    @Test
    void missingAcl_failsThePush_andAGrantMakesThePusherGoOn() throws Exception {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = pusher()) {
            awaitRefused(pusher, "not authorized to write to the topic");
            grant(write());
            awaitTaken(pusher);
        }
    }

    @Test
    void userThatIsMadeLater_isLetIn() throws Exception {
        kafka.createTopic(topic, 1);
        grant(new AclBinding(
                write().pattern(),
                new AccessControlEntry("User:late", "*", AclOperation.WRITE, AclPermissionType.ALLOW)));
        try (Pusher pusher =
                pusher(kafka, "Username: late", "Password: later-secret", "SaslMechanism: SCRAM-SHA-512")) {
            awaitRefused(pusher, "wrong user or password (user late, SCRAM-SHA-512): ");
            assertThatThrownBy(() -> pusher.pushSync("v")).hasCauseInstanceOf(SaslAuthenticationException.class);
            try (Admin admin = Admin.create(kafka.adminProperties())) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                                "late", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "later-secret")))
                        .all()
                        .get(30, SECONDS);
            }
            awaitTaken(pusher);
        }
    }

    @Test
    void missingTopic_isMadeByTheSameUser_ifItMay() throws Exception {
        try (Pusher pusher = Pusher.builder(
                        Connection.builder()
                                .brokers(kafka.bootstrapServers())
                                .caFile(kafka.caFile().orElseThrow().toString())
                                .username("ann")
                                .password("plain-secret")
                                .build(),
                        topic)
                .allowAutoTopicCreation(1, 1)
                .build()) {
            grant(write());
            awaitRefused(pusher, "not authorized: the topic does not exist, and must not be created");
            grant(acl(AclOperation.CREATE));
            awaitTaken(pusher);
        }
    }

    static Stream<List<String>> wrong() {
        return Stream.of(
                List.of("wrong user or password (user ann, PLAIN): ", "Username: ann", "Password: no-secret"),
                List.of(
                        "wrong user or password (user bob, SCRAM-SHA-256): ",
                        "Username: bob",
                        "Password: no-secret",
                        "SaslMechanism: SCRAM-SHA-256"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongPassword_isNamed(List<String> reasonAndLines) {
        try (Pusher pusher =
                pusher(kafka, reasonAndLines.subList(1, reasonAndLines.size()).toArray(String[]::new))) {
            awaitRefused(pusher, reasonAndLines.get(0));
        }
    }

    @Test
    void clientCertificate_isShownByProducerAndAdmin_andReadAgainWhenItIsRenewed(@TempDir Path folder)
            throws Exception {
        mutual.createTopic(topic, 1);
        CertificateAuthority authority = mutual.certificateAuthority();
        Issued shown = authority.issueExpired("late");
        try (Pusher pusher = pusher(mutual, "CertFile: " + shown.certFile(), "KeyFile: " + shown.keyFile())) {
            awaitRefused(pusher, "the broker refuses the client certificate in CertFile " + shown.certFile() + ": ");
            assertThatThrownBy(() -> pusher.pushSync("v")).hasCauseInstanceOf(SslAuthenticationException.class);
            Issued renewed = authority.issue("renewed");
            Files.copy(renewed.certFile(), shown.certFile(), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(renewed.keyFile(), shown.keyFile(), StandardCopyOption.REPLACE_EXISTING);
            awaitTaken(pusher);
        }
        try (Pusher pusher = pusher(mutual)) {
            awaitRefused(pusher, "the broker wants a client certificate, and there is no CertFile: ");
        }
    }

    @Test
    void insecureSkipVerify_isWarnedAboutAtEachStart_andIsTheOnlyWay() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(Pusher.class);
        logger.addAppender(log);
        logger.setAdditive(false);
        log.start();
        try {
            pusher(kafka, "InsecureSkipVerify: true").close();
            pusher(kafka, "InsecureSkipVerify: true").close();
            pusher().close();
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
        }
        assertThat(log.list)
                .hasSize(2)
                .allMatch(event -> event.getFormattedMessage()
                        .startsWith(
                                "pusher to topic " + topic + ": InsecureSkipVerify: the brokers' host names are not"));
        assertThatThrownBy(() -> pusher(kafka, "Properties: {ssl.endpoint.identification.algorithm: ''}"))
                .isInstanceOf(ConfException.class)
                .hasMessageContaining("InsecureSkipVerify");
    }
}
