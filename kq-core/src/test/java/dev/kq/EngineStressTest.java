package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine without Kafka under random load, and the same with a bug put in, which the ledger must find. */
class EngineStressTest {
    @ParameterizedTest
    @EnumSource(Ordering.class)
    void everyInvariantHolds_underRandomLoad(Ordering ordering) throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            assertThat(EngineStress.run(ordering, seed)).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void brokenEngine_thatCommitsWhatIsOnlyPolled_isFound() throws Exception {
        assertFound(Mutant.of("OffsetTracker.java", "return offsets[slot];", "return position;"), "loss");
    }

    @Test
    void brokenEngine_withoutAFence_isFound() throws Exception {
        assertFound(
                Mutant.of("PartitionQueue.java", "boolean current = run.epoch == epoch", "boolean current = true"),
                "loss",
                "BUG",
                "progress");
    }

    @Test
    void brokenEngine_thatFreesALaneBeforeItsFlightEnds_isFound() throws Exception {
        assertFound(
                Mutant.of("Lanes.java", "if (!holds(slot) || state(slot) == RUNNING) {", "if (!holds(slot)) {"),
                "overlap",
                "BUG");
    }

    @Test
    void brokenEngine_thatDoesNotWaitAtARevoke_isFound() throws Exception {
        assertFound(
                Mutant.of("PartitionQueue.java", "while (runningOf(ofEpoch) > 0) {", "while (nanos < 0) {"), "drain");
    }

    @Test
    void brokenEngine_thatRunsAKeysRecordsSideBySide_isFound() throws Exception {
        assertFound(
                Mutant.of(
                        "Lanes.java",
                        "&& (ordering == Ordering.PARTITION",
                        "&& hash < 0 && (ordering == Ordering.PARTITION"),
                "overlap",
                "order");
    }

    @Test
    void brokenEngine_thatTakesBackARecordBeingHandled_isFound() throws Exception {
        assertFound(
                Mutant.of(
                        "Run.java",
                        "return Math.min(claimed, size);",
                        "return Math.max(0, Math.min(claimed, size) - 1);"),
                "twice",
                "overlap",
                "drain",
                "order",
                "loss",
                "progress",
                "BUG");
    }

    @Test
    void brokenEngine_thatForgetsThoseBehindAFailure_isFound() throws Exception {
        assertFound(
                Mutant.of("PartitionQueue.java", "lanes.giveBack(run.slot(i));", "lanes.release(run.slot(i));"),
                "order",
                "progress",
                "BUG");
    }

    @Test
    void brokenEngine_inWhichTwoWorkersSweepAPartition_isFound() throws Exception {
        assertFound(Mutant.of("PartitionQueue.java", "sole.begin(run);", ""), "overlap", "twice", "order", "BUG");
    }

    @Test
    void brokenEngine_thatSweepsAheadOfItsLanes_isFound() throws Exception {
        assertFound(
                Mutant.of(
                        "PartitionQueue.java",
                        "if (backlog.waiting() > 0 && lanes.size() == 0) {",
                        "if (backlog.waiting() > 0) {"),
                "overlap",
                "twice", // a record that is slow gets the lane of another one
                "order",
                "BUG");
    }

    @SuppressWarnings("unchecked") // the list of breaches is a list of strings in every class loader
    private static void assertFound(Mutant mutant, String... kinds) throws Exception {
        List<String> found = new ArrayList<>();
        for (long seed = 1; seed <= 40 && found.isEmpty(); seed++) {
            found.addAll((List<String>) mutant.call(EngineStress.class, "run", Ordering.KEY, seed));
        }
        assertThat(found).as("breaches of a broken engine").isNotEmpty();
        assertThat(found.get(0)).matches(breach -> List.of(kinds).stream().anyMatch(breach::contains));
    }
}
