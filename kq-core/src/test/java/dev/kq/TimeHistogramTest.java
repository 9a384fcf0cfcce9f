package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TimeHistogramTest {
    private final TimeHistogram times = new TimeHistogram();

    @Test
    void quantiles_areAtMostAnEighthTooLong_whateverTheTimes() {
        Random random = new Random(7);
        long[] all = new long[10_000];
        long sum = 0;
        for (int i = 0; i < all.length; i++) {
            all[i] = (long) Math.exp(random.nextDouble() * 22 + 6);
            times.record(i, all[i], 1);
            sum += all[i];
        }
        Arrays.sort(all);
        TimeHistogram.Snapshot snapshot = times.snapshot();
        assertThat(snapshot.count()).isEqualTo(all.length);
        assertThat(snapshot.sumNanos()).isEqualTo((double) sum);
        for (double share : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1}) {
            long exact = all[(int) Math.ceil(share * all.length) - 1];
            assertThat(snapshot.quantile(share)).isBetween(exact, Math.max(287, exact + exact / 8 + 1));
        }
    }

    @Test
    void countUpTo_countsWholeBuckets() {
        times.record(0, 900, 3);
        times.record(1, 1_000_000, 2);
        assertThat(times.snapshot().countUpTo(500)).isZero();
        assertThat(times.snapshot().countUpTo(1_023)).isEqualTo(3);
        assertThat(times.snapshot().countUpTo(Long.MAX_VALUE)).isEqualTo(5);
    }

    @Test
    void bucketEnds_withItsLongestTime() {
        times.record(0, 1_023, 1);
        assertThat(times.snapshot().quantile(1)).isEqualTo(1_023);
        assertThat(times.snapshot().countUpTo(1_023)).isEqualTo(1);
        assertThat(times.snapshot().countUpTo(1_022)).isZero();
    }

    @Test
    void extremes_areCountedAtTheEnds() {
        times.record(0, -5, 1);
        times.record(0, 0, 1);
        times.record(0, Long.MAX_VALUE / 4, 1);
        assertThat(times.snapshot().count()).isEqualTo(3);
        assertThat(times.snapshot().quantile(0.5)).isLessThan(300);
        assertThat(times.snapshot().quantile(1)).isGreaterThan(3_600_000_000_000L);
    }

    /** A topic that is read again from its beginning: a million records, a month old. */
    @Test
    void sum_holdsMoreThanALongDoes() {
        long month = TimeUnit.DAYS.toNanos(30);
        for (int i = 0; i < 1000; i++) {
            times.record(i, month, 1000);
        }
        assertThat(times.snapshot().sumNanos()).isCloseTo(1e6 * month, Percentage.withPercentage(0.001));
    }

    @Test
    void nothingCounted_isZero() {
        assertThat(times.snapshot().quantile(0.5)).isZero();
        assertThat(times.snapshot().count()).isZero();
    }

    @Test
    void since_isWhatWasCountedInBetween() {
        times.record(0, 1_000, 10);
        TimeHistogram.Snapshot before = times.snapshot();
        times.record(0, 5_000_000, 4);
        TimeHistogram.Snapshot between = times.snapshot().since(before);
        assertThat(between.count()).isEqualTo(4);
        assertThat(between.sumNanos()).isEqualTo(20_000_000);
        assertThat(between.quantile(0.01)).isBetween(5_000_000L, 5_700_000L);
    }
}
