package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Start, stop and failure of 20 services in every order (I11), and the same with a bug put in. */
@Timeout(120)
class ServiceGroupStressTest {
    private static final int ROUNDS = 200;
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(ServiceGroup.class);
    private static final Level BEFORE = LOG.getLevel();

    @BeforeEach
    void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        LOG.setLevel(BEFORE);
    }

    @Test
    void groupOf20_startsAndStops_inEveryOrder() throws Exception {
        assertThat(ServiceGroupStress.run(1, ROUNDS)).isEmpty();
        assertThat(ServiceGroupStress.run(2, ROUNDS)).isEmpty();
        Eventually.await(
                "all threads of the groups to end",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("kq-services-")));
    }

    @Test
    void control_stopThatDoesNotWaitForTheStart_isFound() throws Exception {
        assertFound(
                Mutant.of("ServiceGroup.java", "awaitStartOver(stop.shareOfStart(), left);", ""),
                "at once|before all starts|that nobody had");
    }

    @Test
    void control_secondStop_isFound() throws Exception {
        assertFound(
                Mutant.of(
                        "ServiceGroup.java",
                        "if (state == State.STOPPING || state == State.STOPPED) {",
                        "if (state == State.STOPPED) {"),
                "times");
    }

    @Test
    void control_startsAfterAFailedOne_areFound() throws Exception {
        assertFound(
                Mutant.of("ServiceGroup.java", "if (!in(State.STARTING)) {", "if (in(State.NEW)) {"),
                "after the failed start");
    }

    @Test
    void control_phasesThatDoNotWait_areFound() throws Exception {
        assertFound(Mutant.of("GroupStop.java", "Math.max(0, end - nanoTime.getAsLong())", "0"), "left|stopped before");
    }

    @Test
    void control_otherOrderOfPhases_isFound() throws Exception {
        assertFound(
                Mutant.of(
                        "ServiceGroup.java",
                        "Comparator.comparing(GroupMember::phase).reversed()",
                        "Comparator.comparing(GroupMember::phase)"),
                "started before");
    }

    @SuppressWarnings("unchecked") // the list of breaches is a list of strings in every class loader
    private static void assertFound(Mutant mutant, String breach) throws Exception {
        List<String> found = new ArrayList<>();
        for (long seed = 1; seed <= 20 && found.isEmpty(); seed++) {
            found.addAll((List<String>) mutant.call(ServiceGroupStress.class, "run", seed, ROUNDS));
        }
        assertThat(found)
                .as("breaches of a broken group")
                .anySatisfy(one -> assertThat(one).containsPattern(breach));
    }
}
