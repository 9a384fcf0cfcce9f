package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowControlTest {
    @Test
    void records_haveAHighAndALowMark() {
        FlowControl flow = new FlowControl(10, 1 << 20);

        assertThat(flow.full(9, 0, 0)).isFalse();
        assertThat(flow.full(10, 0, 0)).isTrue();
        assertThat(flow.drained(6, 0, 0)).isFalse();
        assertThat(flow.drained(5, 0, 0)).isTrue();
    }

    @Test
    void capacityOfOne_isDrainedWhenEmpty() {
        FlowControl flow = new FlowControl(1, 1 << 20);

        assertThat(flow.full(1, 0, 0)).isTrue();
        assertThat(flow.drained(1, 0, 0)).isFalse();
        assertThat(flow.drained(0, 0, 0)).isTrue();
    }

    @Test
    void bytes_areSharedOutAmongTheOpenPartitions() {
        FlowControl flow = new FlowControl(1000, 1200);
        assertThat(flow.full(1, 1199, 0)).isFalse();
        for (int i = 0; i < 4; i++) {
            flow.partitionOpened();
        }

        assertThat(flow.full(1, 299, 0)).isFalse();
        assertThat(flow.full(1, 300, 0)).isTrue();
        assertThat(flow.drained(1, 151, 0)).isFalse();
        assertThat(flow.drained(1, 150, 0)).isTrue();
        flow.partitionClosed();
        assertThat(flow.full(1, 300, 0)).isFalse();
    }

    @Test
    void window_isBounded() { // R26: one stuck record and millions of finished ones behind it
        FlowControl flow = new FlowControl(1000, 1 << 20);

        assertThat(flow.full(1, 0, OffsetTracker.MAX_WINDOW)).isTrue();
        assertThat(flow.drained(1, 0, OffsetTracker.MAX_WINDOW / 2 + 1)).isFalse();
    }

    @Test
    void halfOfEachLimit_isDrained_andNoMore() {
        FlowControl flow = new FlowControl(10, 100);

        assertThat(flow.drained(5, 50, OffsetTracker.MAX_WINDOW / 2)).isTrue();
        assertThat(flow.drained(6, 50, 0)).isFalse();
        assertThat(flow.drained(5, 51, 0)).isFalse();
    }

    @Test
    void whatIsFull_isNotDrained() {
        FlowControl flow = new FlowControl(1, 1);

        assertThat(flow.full(1, 1, 0)).isTrue();
        assertThat(flow.drained(1, 1, 0)).isFalse();
        assertThat(flow.drained(0, 0, 0)).isTrue();
    }

    @Test
    void readyRecords_areEnoughFrom8000On_orFourForEachHandler() {
        assertThat(enough(KqConf.builder().processors(8))).isEqualTo(8_000);
        assertThat(enough(KqConf.builder().processors(3_000))).isEqualTo(12_000);
    }

    private static int enough(KqConf.Builder conf) {
        FlowControl flow =
                FlowControl.of(conf.brokers("a:1").group("g").topic("t").build());
        while (!flow.plenty(1)) {
            flow.readyChanged(1);
        }
        return flow.ready();
    }
}
