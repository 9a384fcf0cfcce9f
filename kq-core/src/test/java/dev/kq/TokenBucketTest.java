package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @ValueSource(doubles = {7, 100, 12_345, 1e6})
    void rate_isExactWithinTwoPercent_overTenSeconds_withRandomCalls(double rate) {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            long now = random.nextLong();
            TokenBucket bucket = new TokenBucket(rate, now);
            long end = now + 10 * SECOND;
            long taken = 0;
            while (now - end < 0) {
                int permits = bucket.take(1 + random.nextInt((int) rate), now);
                int unused = random.nextInt(4) == 0 ? permits / 2 : 0;
                bucket.giveBack(unused);
                taken += permits - unused;
                now += random.nextInt(25_000_000);
            }
            taken += bucket.take(Integer.MAX_VALUE, end);
            assertThat((double) taken).as("seed %d", seed).isCloseTo(10 * rate, within(0.02 * 10 * rate));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {7, 100, 12_345, 1e6})
    void rate_isExact_whenOneWaitsForEachPermit(double rate) {
        long now = -5;
        TokenBucket bucket = new TokenBucket(rate, now);
        long end = now + 10 * SECOND;
        long taken = 0;
        while (now - end < 0) {
            int permits = bucket.take(1 + (int) (rate / 1000), now);
            taken += permits;
            if (permits == 0) {
                now += bucket.nanosUntilNext();
            }
        }
        assertThat((double) taken).isCloseTo(10 * rate, within(0.02 * 10 * rate));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 7, 100, 12_345, 1e6})
    void burstAfterAPause_isATwentiethOfASecond(double rate) {
        TokenBucket bucket = new TokenBucket(rate, 0);

        int burst = bucket.take(Integer.MAX_VALUE, 3600 * SECOND);
        assertThat((double) burst).isLessThanOrEqualTo(Math.max(2, rate / 20));
        bucket.giveBack(Integer.MAX_VALUE);
        assertThat(bucket.take(Integer.MAX_VALUE, 3600 * SECOND)).isEqualTo(burst);
    }

    @Test
    void firstPermit_isThereAtOnce_andTheSecondInItsTime() {
        TokenBucket bucket = new TokenBucket(2, 0);

        assertThat(bucket.take(10, 0)).isEqualTo(1);
        assertThat(bucket.take(10, 0)).isZero();
        assertThat(bucket.nanosUntilNext()).isEqualTo(SECOND / 2);
        assertThat(bucket.take(10, SECOND / 2 - 1)).isZero();
        assertThat(bucket.take(10, SECOND / 2)).isEqualTo(1);
    }

    @Test
    void halfAPermit_needsHalfItsTimeMore() {
        TokenBucket bucket = new TokenBucket(2, 0);
        assertThat(bucket.take(1, 0)).isEqualTo(1);
        assertThat(bucket.take(1, SECOND / 4)).isZero();
        assertThat(bucket.nanosUntilNext()).isEqualTo(SECOND / 4);
    }

    @Test
    void waitIsNeverZero() {
        assertThat(new TokenBucket(1e9, 0).nanosUntilNext()).isPositive();
    }
}
