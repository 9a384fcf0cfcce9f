package dev.kq.chaos;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kq.Ordering;
import dev.kq.WorkerKind;
import dev.kq.chaos.Setting.Group;
import dev.kq.chaos.Setting.TopicKind;
import dev.kq.testkit.EmbeddedKafka;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The promises in every pair of group protocol, workers, ordering and kind of topic. Nine settings have all pairs of
 * the three that have three values each (a Latin square); three of them again on virtual threads pair these with each
 * value.
 */
class MatrixTest {
    private static final long SEED = 1;

    private static EmbeddedKafka kafka;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        kafka = SmallRounds.kafka();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    static List<Setting> pairs() {
        List<Setting> settings = new ArrayList<>();
        for (int g = 0; g < 3; g++) {
            for (int o = 0; o < 3; o++) {
                settings.add(setting(g, WorkerKind.PLATFORM, o, (g + o) % 3));
            }
        }
        for (int i = 0; i < 3; i++) {
            settings.add(setting(i, WorkerKind.VIRTUAL, i, i));
        }
        return settings;
    }

    private static Setting setting(int group, WorkerKind workers, int ordering, int topic) {
        return new Setting(
                List.of(Group.values()).get(group),
                workers,
                List.of(Ordering.values()).get(ordering),
                List.of(TopicKind.values()).get(topic));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void promisesHold(Setting setting) throws Exception {
        assumeTrue(
                setting.workers() == WorkerKind.PLATFORM || Runtime.version().feature() >= 21,
                "virtual threads need Java 21 or later");
        SmallRounds.intact(kafka, folder, setting, SEED, 1).assertKept();
    }
}
