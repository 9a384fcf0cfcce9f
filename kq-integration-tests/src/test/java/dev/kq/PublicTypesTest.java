package dev.kq;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the published modules show to a program that uses them, and how their packages depend on each other. */
class PublicTypesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.kq");

    /** Those that a user types. */
    private static final Map<String, Set<String>> TYPED = Map.of(
            "dev.kq",
            Set.of(
                    "AsyncHandler",
                    "BatchFailure",
                    "BatchHandler",
                    "ConsumeHandler",
                    "DeadLetter",
                    "DevServer",
                    "ErrorHandler",
                    "GroupProtocol",
                    "HandlerDecision",
                    "Health",
                    "Interceptor",
                    "JsonHandler",
                    "KqConf",
                    "KqQueue",
                    "Message",
                    "MessageHandler",
                    "NonRetryable",
                    "Ordering",
                    "RetryConf",
                    "RetryDelay",
                    "RetryLater",
                    "Router",
                    "Service",
                    "ServiceGroup",
                    "Skip",
                    "StartOffset",
                    "StopReport",
                    "WorkerKind"),
            "dev.kq.conf",
            Set.of("ConfException", "ConfLoader", "Connection", "ServiceConf"),
            "dev.kq.errors",
            Set.of("KqException"),
            "dev.kq.pusher",
            Set.of(
                    "CloseReport",
                    "KqPusherConf",
                    "PushException",
                    "PushRecord",
                    "PushResult",
                    "Pusher",
                    "PusherBuilder",
                    "PusherStats",
                    "Transaction",
                    "TransactionBody"),
            "dev.kq.testkit",
            Set.of(
                    "CertificateAuthority",
                    "DeadLetterRecord",
                    "EmbeddedKafka",
                    "EmbeddedKafkaException",
                    "ForkedKafka",
                    "KafkaExtension",
                    "KqTester",
                    "LocalKafka",
                    "TcpProxy",
                    "TestClock",
                    "TestNames"),
            "dev.kq.testkit.guarantee",
            Set.of(
                    "AssignmentProbe",
                    "Check",
                    "CommitCheck",
                    "ConsumerProbe",
                    "EndStateCheck",
                    "Event",
                    "EventLog",
                    "EventReader",
                    "Evidence",
                    "EvidenceBuilder",
                    "Guarantees",
                    "KeyOrderCheck",
                    "LossCheck",
                    "OverlapCheck",
                    "ProgressCheck",
                    "ProgressWatch",
                    "RepeatCheck",
                    "TopicRecords",
                    "Verdict"));

    /** Public for another module of kq or for Kafka; {@code VERSIONING.md} says so. */
    private static final Map<String, Set<String>> UNTYPED = Map.of(
            "dev.kq", Set.of("TestEngine"),
            "dev.kq.conf", Set.of("Section", "Key", "Findings", "TlsFiles"));

    @Test
    void publicTypes_areThoseThatAUserTypes() {
        Map<String, Set<String>> found = CLASSES.stream()
                .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
                .collect(Collectors.groupingBy(
                        JavaClass::getPackageName,
                        Collectors.mapping(JavaClass::getSimpleName, Collectors.toCollection(TreeSet::new))));

        assertThat(found.keySet()).isEqualTo(TYPED.keySet());
        TYPED.forEach((name, typed) -> {
            Set<String> all = new TreeSet<>(typed);
            all.addAll(UNTYPED.getOrDefault(name, Set.of()));
            assertThat(found.get(name)).as(name).isEqualTo(all);
        });
    }

    @Test
    void packages_dependOnEachOtherInOneDirection() {
        slices().matching("dev.(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
