package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SoleRunTest {
    private static final long SHORT = 1_000_000;
    private static final long LASTED = SHORT + 1;

    private final SoleRun sole = new SoleRun(4);
    private final Run run = new Run();

    @Test
    void partition_isItsOwnUntilItEnds_andNoOtherEndsThat() {
        assertThat(sole.exists()).isFalse();
        sole.begin(run);

        assertThat(sole.exists()).isTrue();
        assertThat(sole.end(new Run())).isFalse();
        assertThat(sole.exists()).isTrue();
        assertThat(sole.end(run)).isTrue();
        assertThat(sole.exists()).isFalse();
        assertThat(sole.end(run)).isFalse();
    }

    @Test
    void onlyLongRuns_mayBegin() {
        assertThat(sole.mayBegin(3)).isFalse();
        assertThat(sole.mayBegin(4)).isTrue();
        assertThat(sole.mayBegin(5)).isTrue();
    }

    @Test
    void afterARescue_64LongRunsShareThePartition() {
        sole.rescued();

        assertShared(64);
    }

    @Test
    void oneRunThatLasted_isAPauseOfItsThread_twoInARowAreNot() {
        sole.ended(LASTED);
        assertShared(0);
        sole.ended(SHORT);
        sole.ended(LASTED);
        assertShared(0);
        sole.ended(LASTED);

        assertShared(64);
    }

    @Test
    void shortRuns_areNotCountedWhereThePartitionIsShared() {
        sole.rescued();
        for (int i = 0; i < 100; i++) {
            assertThat(sole.mayBegin(1)).isFalse();
        }

        assertShared(64);
    }

    private void assertShared(int longRuns) {
        for (int i = 0; i < longRuns; i++) {
            assertThat(sole.mayBegin(4)).as("run %d", i).isFalse();
        }
        assertThat(sole.mayBegin(4)).isTrue();
    }
}
