package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.kq.testkit.EmbeddedKafka;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Users and what they may do: who gets in, what is said to those who do not, and that they get in later. */
@Timeout(120)
class SecurityTest extends SecuredTest {
    private static final String OAUTH = """
            Properties:
              security.protocol: SASL_SSL
              sasl.mechanism: OAUTHBEARER
              sasl.jaas.config: org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required %s;
            """;
    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startKafka() {
        kafka = EmbeddedKafka.builder()
                .tls()
                .saslPlain("ann", "plain-secret")
                .saslScram("bob", "scram-secret")
                .saslOauthBearer()
                .acls()
                .brokerProperty("group.consumer.session.timeout.ms", "2000")
                .start();
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @BeforeEach
    void topic() {
        kafka.createTopic(topic, 1);
    }

    private String[] user(String name, String password, String mechanism) {
        return new String[] {
            "CaFile: " + kafka.caFile().orElseThrow(),
            "Username: " + name,
            "Password: " + password,
            "SaslMechanism: " + mechanism
        };
    }

    private static AclBinding acl(ResourceType type, String name, AclOperation... operation) {
        return new AclBinding(
                new ResourcePattern(type, name, PatternType.LITERAL),
                new AccessControlEntry(
                        "User:*",
                        "*",
                        operation.length == 0 ? AclOperation.ALL : operation[0],
                        AclPermissionType.ALLOW));
    }

    private AclBinding readTopic() {
        return acl(ResourceType.TOPIC, topic, AclOperation.READ);
    }

    private AclBinding readGroup() {
        return acl(ResourceType.GROUP, group, AclOperation.READ);
    }

    private static void grant(AclBinding... acls) throws Exception {
        ask(kafka, admin -> admin.createAcls(List.of(acls)).all().get(30, TimeUnit.SECONDS));
    }

    private static void revoke(AclBinding acl) throws Exception {
        ask(kafka, admin -> admin.deleteAcls(List.of(acl.toFilter())).all().get(30, TimeUnit.SECONDS));
    }

    static Stream<List<String>> mechanisms() {
        String ca = "CaFile: " + kafka.caFile().orElseThrow();
        return Stream.of(
                List.of(ca, "Username: ann", "Password: plain-secret"),
                List.of(ca, "Username: bob", "Password: scram-secret", "SaslMechanism: SCRAM-SHA-256"),
                List.of(ca, "Username: bob", "Password: scram-secret", "SaslMechanism: SCRAM-SHA-512"),
                List.of(ca, OAUTH.formatted("unsecuredLoginStringClaim_sub=\"carl\"")));
    }

    @ParameterizedTest
    @MethodSource("mechanisms")
    void rightCredentials_areLetIn(List<String> lines) throws Exception {
        grant(readTopic(), readGroup());
        KqQueue queue = start(kafka, lines.toArray(String[]::new));
        awaitHandled(kafka, queue, "v");
        assertThat(log.lines(Level.WARN)).isEmpty();
    }

    static Stream<List<String>> wrongCredentials() {
        String ca = "CaFile: " + kafka.caFile().orElseThrow();
        return Stream.of(
                List.of("wrong user or password (user ann, PLAIN)", ca, "Username: ann", "Password: no-secret"),
                List.of(
                        "wrong user or password (user bob, SCRAM-SHA-256)",
                        ca,
                        "Username: bob",
                        "Password: no-secret",
                        "SaslMechanism: SCRAM-SHA-256"),
                List.of(
                        "wrong user or password (user nobody, SCRAM-SHA-512)",
                        ca,
                        "Username: nobody",
                        "Password: no-secret",
                        "SaslMechanism: SCRAM-SHA-512"),
                List.of(
                        "wrong credentials: ",
                        ca,
                        OAUTH.formatted(
                                "unsecuredLoginPrincipalClaimName=\"x\" unsecuredLoginStringClaim_x=\"secret\"")));
    }

    @ParameterizedTest
    @MethodSource("wrongCredentials")
    void wrongCredentials_areNamedAsSuch(List<String> reasonAndLines) {
        KqQueue queue =
                start(kafka, reasonAndLines.subList(1, reasonAndLines.size()).toArray(String[]::new));
        awaitReason(queue, "no access: " + reasonAndLines.get(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void userThatIsMadeLater_isLetIn(GroupMode mode) throws Exception {
        grant(readTopic(), readGroup());
        String user = "late-" + mode;
        KqQueue queue = start(kafka, mode, user(user, "later-secret", "SCRAM-SHA-512"));
        awaitReason(queue, "wrong user or password (user " + user + ", SCRAM-SHA-512)");

        password(user, "later-secret");
        awaitHandled(kafka, queue, "v");
        assertThat(log.lines(Level.INFO)).contains(topic + ": no longer: no access");
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void missingAcls_areNamed_andTheQueueReadsWhenTheyAreThere(GroupMode mode) throws Exception {
        KqQueue queue = start(kafka, mode, user("ann", "plain-secret", "PLAIN"));
        awaitReason(queue, "not authorized for ");
        grant(readGroup());
        awaitReason(queue, "not authorized for topic " + topic);
        grant(readTopic());
        awaitHandled(kafka, queue, "v");
    }

    @ParameterizedTest
    @EnumSource(
            value = GroupMode.class,
            names = {"COOPERATIVE", "KIP_848"})
    void revokedAcls_areNamed_andTheQueueGoesOnWhenTheyAreBack(GroupMode mode) throws Exception {
        grant(readTopic(), readGroup());
        KqQueue queue = start(kafka, mode, user("ann", "plain-secret", "PLAIN"));
        awaitHandled(kafka, queue, "before");
        revoke(readTopic());
        push(kafka, "meanwhile");
        awaitReason(queue, "not authorized for topic " + topic);
        grant(readTopic());
        awaitHandled(kafka, queue, "after");
        revoke(readGroup());
        push(kafka, "uncommitted"); // the classic protocol learns of it with the commit only
        awaitReason(queue, "not authorized for the consumer group");
        grant(readGroup());
        awaitHandled(kafka, queue, "in the end");
        // What could not be committed may come again.
        assertThat(seen).containsOnly("before", "meanwhile", "after", "uncommitted", "in the end");
    }

    @Test
    void deadLetters_goTheSameWay_andWaitForTheirAcl() throws Exception {
        String dead = kafka.createTopic(topic + "-dead", 1);
        grant(readTopic(), readGroup());
        String[] lines = Stream.concat(
                        Stream.of(user("bob", "scram-secret", "SCRAM-SHA-256")),
                        Stream.of("Retry: {MaxAttempts: 1}", "DeadLetter: {Topic: " + dead + "}"))
                .toArray(String[]::new);
        handler = (key, value) -> {
            throw new IllegalStateException("not wanted");
        };
        KqQueue queue = start(kafka, lines);
        push(kafka, "v");
        awaitReason(queue, "dead letters cannot be written: " + dead + ": not authorized for ");
        await().untilAsserted(() -> assertThat(queue.lag()).hasValue(1));
        grant(acl(ResourceType.TOPIC, dead, AclOperation.WRITE));
        await().untilAsserted(() -> assertThat(queue.lag()).hasValue(0));
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
        assertThat(Kafka.ends(TestBroker.of(kafka), dead)).containsValue(1L);
    }

    @Test
    void deadLetters_areWrittenLater_whenTheirOwnConnectionIsRefusedAtFirst() throws Exception {
        String dead = kafka.createTopic(topic + "-dead", 1);
        grant(readTopic(), readGroup(), acl(ResourceType.TOPIC, dead, AclOperation.WRITE));
        password("dora", "dora-secret");
        handler = (key, value) -> {
            if ("bad".equals(value)) {
                throw new IllegalStateException("not wanted");
            }
            seen.add(value);
        };
        String[] lines = Stream.concat(
                        Stream.of(user("dora", "dora-secret", "SCRAM-SHA-512")),
                        Stream.of("Retry: {MaxAttempts: 1}", "DeadLetter: {Topic: " + dead + "}"))
                .toArray(String[]::new);
        KqQueue queue = start(kafka, lines);
        awaitHandled(kafka, queue, "v");
        password("dora", "another-secret"); // of no matter to the connections that are there
        push(kafka, "bad");
        awaitReason(
                queue,
                "dead letters cannot be written: " + dead + ": wrong user or password (user dora, SCRAM-SHA-512)");
        password("dora", "dora-secret");
        await().untilAsserted(() -> assertThat(queue.lag()).hasValue(0));
        await().untilAsserted(() -> assertThat(queue.health().status()).isEqualTo(Health.Status.UP));
        assertThat(Kafka.ends(TestBroker.of(kafka), dead)).containsValue(1L);
    }

    private static void password(String user, String password) throws Exception {
        ask(
                kafka,
                admin -> admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                                user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password)))
                        .all()
                        .get(30, TimeUnit.SECONDS));
    }

    private KqQueue start(EmbeddedKafka on, GroupMode mode, String... lines) {
        String[] all = Stream.concat(
                        Stream.of(lines), Stream.of(mode == GroupMode.KIP_848 ? "GroupProtocol: consumer" : ""))
                .toArray(String[]::new);
        return start(on, all);
    }
}
