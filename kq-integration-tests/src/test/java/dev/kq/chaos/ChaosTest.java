package dev.kq.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Instances in JVMs of their own, brokers in others, faults without a break: whatever is stopped, killed, frozen, cut
 * or moved, nothing is lost, each key stays in order, and in the end all is reconciled. Short rounds with fixed seeds,
 * or the one of {@code kq.chaos.seed}; {@code kq.chaos.seconds} is how long faults happen in each. {@link Soak} is the
 * same for long.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "sends signals")
@Tag("chaos")
class ChaosTest {
    private static final Duration FAULTS = Duration.ofSeconds(Integer.getInteger("kq.chaos.seconds", 45));
    private static final int PER_SECOND = 400;

    private static Cluster cluster;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @BeforeAll
    static void start() {
        cluster = new Cluster();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    static List<Long> seeds() {
        Long seed = Long.getLong("kq.chaos.seed");
        return seed != null ? List.of(seed) : List.of(1L, 2L, 3L);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void promisesHold(long seed) throws Exception {
        try (Round round = new Round(cluster, folder, "chaos-" + seed, seed, Round.setting(seed), List.of())) {
            round.run(FAULTS, PER_SECOND).verdict().assertKept();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "with seed " + seed + "; again with: ./mvnw -B -pl kq-integration-tests -am test"
                            + " -Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false -Dkq.chaos.seed=" + seed
                            + " -Dkq.chaos.seconds=" + FAULTS.toSeconds() + "; event logs in " + folder + "\n"
                            + e.getMessage(),
                    e);
        } finally {
            cluster.calm();
        }
    }
}
