package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void empty_isZero() {
        assertThat(histogram.percentile(0.99)).isZero();
    }

    @Test
    void percentiles_areExactToA32nd() {
        for (int i = 1; i <= 10_000; i++) {
            histogram.add(i);
        }
        assertThat(histogram.percentile(0.50)).isBetween(5_000L, 5_000L * 33 / 32);
        assertThat(histogram.percentile(0.99)).isBetween(9_900L, 9_900L * 33 / 32);
        assertThat(histogram.percentile(1)).isBetween(10_000L, 10_000L * 33 / 32);
    }

    @Test
    void everyValue_isInABucketThatEndsSoonAfterIt() {
        for (long value = 0; value < 1L << 60; value += 1 + value / 7) {
            long last = LatencyHistogram.last(LatencyHistogram.bucket(value));
            assertThat(last).isBetween(value, value + value / 32);
        }
        histogram.add(Long.MAX_VALUE);
        histogram.add(-1);
        assertThat(histogram.percentile(0.5)).isZero();
        assertThat(histogram.percentile(1)).isEqualTo(Long.MAX_VALUE);
    }
}
