package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(pace.runLength()).isEqualTo(1);
        assertThat(pace.noTime()).isFalse();
    }

    @Test
    void whatWasSeenLast_counts() {
        pace.seen(20);
        assertThat(pace.runLength()).isEqualTo(20);
        pace.seen(3);
        assertThat(pace.runLength()).isEqualTo(3);
    }

    @Test
    void recordsTakeNoTime_fromLongRunsOn_untilRunsAreFarShorter() {
        pace.seen(RunLength.LONG - 1);
        assertThat(pace.noTime()).isFalse();
        pace.seen(RunLength.LONG);
        assertThat(pace.noTime()).isTrue();

        pace.seen(RunLength.LONG / 2);
        assertThat(pace.noTime()).isTrue();
        assertThat(pace.runLength())
                .as("long enough to have a partition to itself")
                .isEqualTo(RunLength.LONG);

        pace.seen(RunLength.LONG / 4);
        assertThat(pace.noTime()).isFalse();
        assertThat(pace.runLength()).isEqualTo(RunLength.LONG / 4);
    }
}
