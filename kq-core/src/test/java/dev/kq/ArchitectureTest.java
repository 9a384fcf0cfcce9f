package dev.kq;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.apache.kafka.clients.consumer.Consumer;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.kq");

    /** The data structures that a {@link PartitionQueue} or a {@link WorkQueue} guards. */
    private static final String PURE =
            "dev\\.kq\\.(OffsetTracker|Lanes|Backlog|SoleRun|TokenBucket|RunLength|Intake|FlowControl)";

    @Test
    void onlyFetcherThreadClasses_touchAConsumer() {
        noClasses()
                .that(not(nameMatching(
                        "dev\\.kq\\.(Fetcher|Membership|Signals|Assignment|OffsetCommitter|BrokerWatch|UnreadableRecords|Subscription|KqQueue|Engine|TestEngine)"
                                + "(\\$.*)?")))
                .should()
                .dependOnClassesThat(assignableTo(Consumer.class))
                .check(CLASSES);
    }

    /** The client may send such a commit much later, see ADR 21. */
    @Test
    void nobodyLeavesACommitToTheClient() {
        noClasses()
                .should()
                .callMethodWhere(target(name("commitAsync")).and(target(owner(assignableTo(Consumer.class)))))
                .check(CLASSES);
    }

    @Test
    void nobodySleeps_norEndsTheProcess_norPrints() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CLASSES);
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class, int.class)
                .check(CLASSES);
        noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
        // A second signal ends the process at once, as whoever sent it wants.
        noClasses()
                .that()
                .doNotHaveSimpleName("SecondSignal")
                .should()
                .callMethod(Runtime.class, "halt", int.class)
                .check(CLASSES);
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void dataStructures_knowNoThreadsAndNoClock() {
        noClasses()
                .that(nameMatching(PURE))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.concurrent.locks..", "java.util.concurrent", "java.time..")
                .check(CLASSES);
        noClasses()
                .that(nameMatching(PURE))
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
    }

    @Test
    void logback_isKnownOnlyToWhatIsLoadedWithIt() {
        noClasses()
                .that(not(nameMatching("dev\\.kq\\.conf\\.(LogbackLog|LogEncoder)(\\$.*)?")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ch.qos.logback..")
                .check(CLASSES);
    }

    @Test
    void engine_isNotKnownToTheConfigurationReader() {
        noClasses()
                .that()
                .resideInAPackage("dev.kq.conf..")
                .should()
                .dependOnClassesThat(nameMatching(
                        "dev\\.kq\\.(KqQueue|Engine|ServiceGroup|Fetcher|Membership|Worker.*|Partition.*|Assignment)"))
                .check(CLASSES);
    }
}
