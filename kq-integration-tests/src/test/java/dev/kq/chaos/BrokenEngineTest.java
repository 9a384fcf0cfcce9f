package dev.kq.chaos;

import static org.assertj.core.api.Assertions.fail;

import dev.kq.Ordering;
import dev.kq.WorkerKind;
import dev.kq.chaos.Setting.Group;
import dev.kq.chaos.Setting.TopicKind;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.guarantee.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine with one bug put in, five times over: the checks find each, with the seed that is given here. */
@Tag("chaos")
class BrokenEngineTest {
    private static final Setting SETTING =
            new Setting(Group.COOPERATIVE, WorkerKind.PLATFORM, Ordering.KEY, TopicKind.PLAIN);
    private static final int CYCLES = 2;

    private static EmbeddedKafka kafka;

    /** A bug that is a race must show with one of so many seeds. */
    private static final int SEEDS = 5;

    @TempDir
    private Path folder;

    /**
     * A bug.
     *
     * @param found the check that must find it
     */
    record Bug(String name, String file, String piece, String replacement, long seed, String found) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bug> bugs() {
        return List.of(
                new Bug(
                        "commit on dispatch",
                        "OffsetTracker.java",
                        "return offsets[slot];",
                        "return position;",
                        1,
                        "CommitCheck"),
                new Bug(
                        "no fence",
                        "PartitionQueue.java",
                        "boolean current = run.epoch == epoch",
                        "boolean current = true",
                        1,
                        "EndStateCheck"), // the engine sees it itself, and dies of it
                new Bug(
                        "no drain on revoke",
                        "PartitionQueue.java",
                        "while (runningOf(ofEpoch) > 0) {",
                        "while (nanos < 0) {",
                        1,
                        "RepeatCheck"),
                new Bug(
                        "lane released before its flight ends",
                        "Lanes.java",
                        "if (!holds(slot) || state(slot) == RUNNING) {",
                        "if (!holds(slot)) {",
                        1,
                        "EndStateCheck"),
                new Bug(
                        "dead letter not awaited",
                        "DeadLetters.java",
                        "enqueue(new Letter(letter, held, done), FIRST_WAIT_NANOS);",
                        "done.run(); enqueue(new Letter(letter, () -> true, done), FIRST_WAIT_NANOS);",
                        1,
                        "CommitCheck"));
    }

    @BeforeAll
    static void start() {
        kafka = SmallRounds.kafka();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void bug_isFound(Bug bug) throws Exception {
        Path classes = BrokenEngine.in(folder.resolve("broken"), bug.file(), bug.piece(), bug.replacement());
        List<Verdict> verdicts = new ArrayList<>();
        for (long seed = bug.seed();
                seed < bug.seed() + SEEDS;
                seed++) { // which thread is first, the seed does not say
            Path logs = folder.resolve("logs-" + seed);
            verdicts.add(SmallRounds.broken(kafka, logs, classes, SETTING, seed, CYCLES));
            if (verdicts.get(verdicts.size() - 1).breached().contains(bug.found())) {
                return;
            }
        }
        fail("%s was not found: %s", bug, verdicts);
    }

    @Test
    void theEngineAsItIs_isNot() throws Exception {
        SmallRounds.intact(kafka, logs(), SETTING, 1, CYCLES).assertKept();
    }

    private Path logs() {
        return folder.resolve("logs");
    }
}
