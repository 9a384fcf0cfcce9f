package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunLengthTest {
    private final RunLength length = new RunLength();

    @Test
    void beginsWithOneRecord() {
        assertThat(length.next()).isEqualTo(1);
    }

    @Test
    void growsWhileRecordsAreFast_upToTheLimit() {
        int before = 1;
        for (int i = 0; i < 200; i++) {
            length.observe(length.next(), 100L * length.next());
            assertThat(length.next()).isBetween(before, Math.min(2 * before, RunLength.MAX));
            before = length.next();
        }
        assertThat(length.next()).isEqualTo(RunLength.MAX);
    }

    @Test
    void oneSlowRecord_isEnoughToTakeThemOneByOne() {
        grow();
        length.observe(1, 1_000_000);

        assertThat(length.next()).isEqualTo(1);
    }

    @Test
    void onePauseInARunOfMany_isNotBelieved_twoAre() {
        grow();
        length.observe(RunLength.MAX, 5_000_000);
        assertThat(length.next()).isEqualTo(RunLength.MAX);
        length.observe(RunLength.MAX, 25_600);
        length.observe(RunLength.MAX, 5_000_000);
        assertThat(length.next()).isEqualTo(RunLength.MAX);
        length.observe(RunLength.MAX, 5_000_000);

        assertThat(length.next()).isBetween(1, 5);
    }

    @Test
    void runThatWasCut_isBelievedAtOnce() {
        grow();
        length.observe(2, 10_000_000, true);

        assertThat(length.next()).isEqualTo(1);
    }

    @Test
    void aRunTakesTensOfMicroseconds() {
        for (int i = 0; i < 200; i++) {
            length.observe(length.next(), 5_000L * length.next());
        }
        assertThat(length.next()).isBetween(5, 20);
    }

    @Test
    void nothingHandled_nothingLearned_andZeroTimeIsNoFailure() {
        grow();
        length.observe(0, 1_000_000);
        length.observe(1, 0);

        assertThat(length.next()).isEqualTo(RunLength.MAX);
    }

    /** A quarter of each sample, so that one lucky record does not count for much. */
    @Test
    void fasterRecords_areBelievedLittleByLittle() {
        for (int i = 0; i < 6; i++) {
            length.observe(1, 20_000);
            assertThat(length.next()).isEqualTo(1);
        }
        length.observe(1, 20_000);

        assertThat(length.next()).isEqualTo(2);
    }

    @Test
    void fastRecords_shareAReadingOfTheClock_theMoreTheFasterTheyAre() {
        assertThat(length.recordsPerLap()).as("before anything is known").isEqualTo(1);
        grow();
        assertThat(length.recordsPerLap()).isEqualTo(64);
        length.observe(1, 500);
        assertThat(length.recordsPerLap()).isEqualTo(16);
        length.observe(1, 2_000);
        assertThat(length.recordsPerLap()).isEqualTo(1);
        length.observe(1, 1_000);
        assertThat(length.recordsPerLap()).isEqualTo(16);
    }

    @Test
    void whatOthersHaveFoundOut_isTakenOver_ifItIsFaster() {
        length.learn(150);
        assertThat(length.next()).isEqualTo(150);
        assertThat(length.recordsPerLap()).isEqualTo(64);
        length.learn(2);
        assertThat(length.next()).isEqualTo(150);
        length.observe(150, 150 * 100L);
        assertThat(length.next()).as("it goes on from there").isGreaterThan(150);
        length.observe(1, 1_000_000);
        assertThat(length.next()).isEqualTo(1);
    }

    @Test
    void whatOthersHaveFoundOut_doesNotPassTheLimit() {
        RunLength one = new RunLength(1);
        one.learn(100);
        assertThat(one.next()).isEqualTo(1);
    }

    private void grow() {
        for (int i = 0; i < 200; i++) {
            length.observe(length.next(), 100L * length.next());
        }
    }
}
