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
    void plenty_isEnoughInAll_andSomeHere() {
        FlowControl flow = new FlowControl(1000, 1 << 20, 10);
        flow.readyChanged(9);
        assertThat(flow.plenty(9)).isFalse();
        flow.readyChanged(1);

        assertThat(flow.plenty(1)).isTrue();
        assertThat(flow.plenty(0)).isFalse();
    }

    @Test
    void more_isWantedWithHalfOfIt_orWithNothingHere() {
        FlowControl flow = new FlowControl(1000, 1 << 20, 10);
        flow.readyChanged(10);
        flow.readyChanged(-4);
        assertThat(flow.wanted(1)).isFalse();
        assertThat(flow.wanted(0)).isTrue();
        flow.readyChanged(-1);

        assertThat(flow.wanted(1)).isTrue();
    }

    @Test
    void partition_isLow_withLessThanA256thOfEnough() {
        FlowControl flow = new FlowControl(1000, 1 << 20, 8_000);

        assertThat(flow.isLow(30)).isTrue();
        assertThat(flow.isLow(31)).isFalse();
        assertThat(new FlowControl(1000, 1 << 20, 4).isLow(1)).isFalse();
        assertThat(new FlowControl(1000, 1 << 20, 4).isLow(0)).isTrue();
    }

    @Test
    void readyRecords_areEnoughFrom8000On_orFourForEachHandler_orWhatEightPartitionsHold() {
        assertEnough(KqConf.builder().processors(8), 8_000);
        assertEnough(KqConf.builder().queueCapacity(10), 8_000);
        assertEnough(KqConf.builder().queueCapacity(1_250), 10_000);
        assertEnough(KqConf.builder().processors(3_000), 12_000);
    }

    @Test
    void withKip848_readyRecordsAreNeverEnough() {
        FlowControl flow = flow(KqConf.builder().groupProtocol(GroupProtocol.CONSUMER));
        flow.readyChanged(1_000_000);

        assertThat(flow.plenty(1_000_000)).isFalse();
    }

    private static void assertEnough(KqConf.Builder conf, int records) {
        FlowControl flow = flow(conf);
        flow.readyChanged(records - 1);
        assertThat(flow.plenty(1_000)).isFalse();
        flow.readyChanged(1);
        assertThat(flow.plenty(1_000)).isTrue();
    }

    private static FlowControl flow(KqConf.Builder conf) {
        return FlowControl.of(conf.brokers("a:1").group("g").topic("t").build());
    }
}
