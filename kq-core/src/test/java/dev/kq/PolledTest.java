package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PolledTest {
    private final Polled polled =
            new Polled(List.of(Records.record(7, "a"), Records.record(8, "b"), Records.record(12, "c")), 100, 5);

    @Test
    void release_saysWhichRecordWasTheLast_inWhateverOrder() {
        assertThat(polled.release(0)).isFalse();
        assertThat(polled.release(2)).isFalse();
        assertThat(polled.release(1)).isTrue();
    }

    @Test
    void recordThatWasReleased_isNotHeld() {
        polled.release(1);
        assertThat(polled.record(2).offset()).isEqualTo(12);
        assertThatThrownBy(() -> polled.record(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sequences_haveNoGaps_whateverTheOffsets() {
        assertThat(polled.sequence(0)).isEqualTo(100);
        assertThat(polled.sequence(2)).isEqualTo(102);
        assertThat(polled.nanos()).isEqualTo(5);
    }
}
