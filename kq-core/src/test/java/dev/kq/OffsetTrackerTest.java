package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OffsetTrackerTest {
    @Test
    void watermark_isThePosition_whenNothingIsInFlight() {
        OffsetTracker tracker = new OffsetTracker(42);

        assertThat(tracker.watermark()).isEqualTo(42);
    }

    @Test
    void watermark_waitsForTheEarlierRecord() {
        OffsetTracker tracker = new OffsetTracker(10);
        long first = tracker.add(10);
        long second = tracker.add(11);

        tracker.finish(second);
        assertThat(tracker.watermark()).isEqualTo(10);

        tracker.finish(first);
        assertThat(tracker.watermark()).isEqualTo(12);
    }

    @Test
    void watermark_passesGaps_betweenAndBehindRecords() {
        OffsetTracker tracker = new OffsetTracker(0);
        long first = tracker.add(3);
        long second = tracker.add(90);
        tracker.advanceTo(100);

        tracker.finish(first);
        assertThat(tracker.watermark()).isEqualTo(90);
        tracker.finish(second);
        assertThat(tracker.watermark()).isEqualTo(100);
        tracker.advanceTo(107);
        assertThat(tracker.watermark()).isEqualTo(107);
    }

    @Test
    void finish_twice_isABug() {
        OffsetTracker tracker = new OffsetTracker(0);
        long only = tracker.add(0);
        tracker.finish(only);

        assertThatThrownBy(() -> tracker.finish(only))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("BUG");
    }

    @Test
    void finish_ofNeighbours_isThatOfEachOfThem() {
        for (int from = 0; from < 140; from++) {
            for (int count : new int[] {1, 2, 63, 64, 65, 130}) {
                OffsetTracker tracker = new OffsetTracker(0);
                for (int i = 0; i < 300; i++) {
                    tracker.add(i);
                }
                tracker.finish(from, count);
                for (int i = 0; i < 300; i++) {
                    if (i < from || i >= from + count) {
                        assertThat(tracker.watermark())
                                .as("%d, %d", from, count)
                                .isLessThanOrEqualTo(i);
                        tracker.finish(i); // fails if it was finished with the others
                    }
                }
                assertThat(tracker.watermark()).as("%d, %d", from, count).isEqualTo(300);
            }
        }
    }

    @Test
    void finish_ofNeighbours_ofWhichOneIsFinished_orWasNeverAdded_isABug() {
        OffsetTracker tracker = new OffsetTracker(0);
        for (int i = 0; i < 100; i++) {
            tracker.add(i);
        }
        tracker.finish(70);
        assertThatThrownBy(() -> tracker.finish(60, 11)).hasMessageContaining("BUG");
        assertThatThrownBy(() -> tracker.finish(90, 11)).hasMessageContaining("BUG");
    }

    @Test
    void finish_ofWhatWasNeverAdded_isABug() {
        assertThatThrownBy(() -> new OffsetTracker(0).finish(0)).hasMessageContaining("BUG");
    }

    @Test
    void agreesWithTheOracle_forRandomSequences() {
        for (long seed = 0; seed < 300; seed++) {
            compareWithTheOracle(seed);
        }
    }

    /** Random operations beside an oracle that keeps every unfinished offset in a sorted map. */
    static void compareWithTheOracle(long seed) {
        Random random = new Random(seed);
        int openLimit = 1 << random.nextInt(13);
        long position = random.nextInt(1000);
        OffsetTracker tracker = new OffsetTracker(position);
        TreeMap<Long, Long> unfinished = new TreeMap<>();
        List<Long> sequences = new ArrayList<>();
        for (int step = 0; step < 3000; step++) {
            int dice = random.nextInt(100);
            if (dice < 50 && unfinished.size() < openLimit) {
                long offset = position + (random.nextInt(10) == 0 ? random.nextInt(50) : 0);
                long sequence = tracker.add(offset);
                unfinished.put(offset, sequence);
                sequences.add(offset);
                position = offset + 1;
            } else if (dice < 95 && !sequences.isEmpty()) {
                int at = random.nextInt(Math.min(sequences.size(), 1 + random.nextInt(openLimit)));
                long offset = sequences.remove(at);
                long sequence = unfinished.remove(offset);
                if (random.nextBoolean()) {
                    tracker.finish(sequence, 1);
                } else {
                    tracker.finish(sequence);
                }
            } else if (dice >= 98) {
                position += random.nextInt(5);
                tracker.advanceTo(position);
            }
            if (random.nextInt(4) == 0) {
                long expected = unfinished.isEmpty() ? position : unfinished.firstKey();
                assertThat(tracker.watermark())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(expected);
            }
            assertThat(tracker.position()).isEqualTo(position);
        }
    }

    @Test
    void keepsAMillionFinishedRecords_behindOneThatIsNot() {
        OffsetTracker tracker = new OffsetTracker(0);
        long stuck = tracker.add(0);
        for (int i = 1; i < 1_000_000; i++) {
            tracker.finish(tracker.add(i));
        }
        assertThat(tracker.watermark()).isZero();
        assertThat(tracker.window()).isEqualTo(1_000_000);

        tracker.finish(stuck);
        assertThat(tracker.watermark()).isEqualTo(1_000_000);
        assertThat(tracker.window()).isZero();
    }
}
