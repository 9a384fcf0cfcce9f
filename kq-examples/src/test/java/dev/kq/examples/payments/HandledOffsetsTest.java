package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HandledOffsetsTest {
    private final HandledOffsets offsets = new HandledOffsets();

    @Test
    void inOrder_isOneRange() {
        for (long offset = 7; offset < 1_000; offset++) {
            offsets.add(0, offset);
        }
        assertThat(offsets.ranges(0)).isEqualTo(Map.of(7L, 1_000L));
        assertThat(offsets.ranges(1)).isEmpty();
    }

    @Test
    void missingOffset_joinsTheRangesAroundIt() {
        offsets.add(0, 1);
        offsets.add(0, 3);
        assertThat(offsets.ranges(0)).isEqualTo(Map.of(1L, 2L, 3L, 4L));
        offsets.add(0, 2);
        assertThat(offsets.ranges(0)).isEqualTo(Map.of(1L, 4L));
    }

    @Test
    void anyOrder_containsWhatWasAdded() {
        Random random = new Random(42);
        TreeSet<Long> added = new TreeSet<>();
        for (int i = 0; i < 5_000; i++) {
            long offset = random.nextInt(2_000);
            assertThat(offsets.contains(3, offset)).isEqualTo(added.contains(offset));
            if (added.add(offset)) {
                offsets.add(3, offset);
            }
        }
    }
}
