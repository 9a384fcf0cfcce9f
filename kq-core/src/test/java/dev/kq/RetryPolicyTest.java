package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final long MILLI = 1_000_000;

    @Test
    void wait_growsByTheMultiplier_upToTheLimit() {
        RetryPolicy policy = policy(5, 200, 1000, 2, 0);

        assertThat(policy.backoffNanos(1)).isEqualTo(200 * MILLI);
        assertThat(policy.backoffNanos(2)).isEqualTo(400 * MILLI);
        assertThat(policy.backoffNanos(3)).isEqualTo(800 * MILLI);
        assertThat(policy.backoffNanos(4)).isEqualTo(1000 * MILLI);
        assertThat(policy.backoffNanos(1_000_000)).isEqualTo(1000 * MILLI);
    }

    @Test
    void jitter_staysInItsShare_andNeverPassesTheLimit() {
        RetryPolicy policy = policy(5, 200, 250, 2, 0.5);
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 10_000; i++) {
            long wait = policy.backoffNanos(1);
            least = Math.min(least, wait);
            most = Math.max(most, wait);
        }
        assertThat(least).isBetween(100 * MILLI, 103 * MILLI);
        assertThat(most).isBetween(249 * MILLI, 250 * MILLI);
    }

    @Test
    void jitter_isAsFarFromTheMiddleAsItsDice() {
        RandomGenerator threeQuarters = () -> -1L << 62;
        RetryConf conf = new RetryConf(5, Duration.ofMillis(200), Duration.ofSeconds(1), 2, 0.5);
        assertThat(new RetryPolicy(conf, threeQuarters).backoffNanos(1)).isEqualTo(250 * MILLI);
    }

    @Test
    void attempts_areUsedUp_withTheLastOne() {
        assertThat(policy(3, 1, 1, 1, 0).exhausted(2)).isFalse();
        assertThat(policy(3, 1, 1, 1, 0).exhausted(3)).isTrue();
        assertThat(policy(1, 1, 1, 1, 0).exhausted(1)).isTrue();
    }

    @Test
    void noBackoff_isNoWait() {
        assertThat(policy(3, 0, 1000, 100, 1).backoffNanos(50)).isZero();
    }

    @Test
    void hugeAttempts_doNotOverflow() {
        assertThat(policy(3, 86_400_000, 86_400_000, 100, 0).backoffNanos(Integer.MAX_VALUE))
                .isEqualTo(Duration.ofHours(24).toNanos());
    }

    private static RetryPolicy policy(int attempts, long backoff, long max, double multiplier, double jitter) {
        RandomGenerator random = new Random(1);
        return new RetryPolicy(
                new RetryConf(attempts, Duration.ofMillis(backoff), Duration.ofMillis(max), multiplier, jitter),
                random);
    }
}
