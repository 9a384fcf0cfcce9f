package dev.kq.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.testkit.KqTester;
import dev.kq.testkit.TestClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowBankTest {
    private final TestClock clock = new TestClock();
    private final List<String> log = new ArrayList<>();

    @Test
    void bankThatAnswersTooLate_isAskedAgain() {
        KqConf conf = KqTester.conf().handlerTimeout(Duration.ofSeconds(5)).build();
        KqQueue.Builder queue = KqQueue.builder(conf)
                .messageHandler(payment -> {
                    log.add("asked at " + clock.instant());
                    clock.sleep(Duration.ofSeconds(payment.attempt() == 1 ? 20 : 2));
                    log.add("answered at " + clock.instant());
                })
                .errorHandler((payment, failure, attempt) ->
                        log.add(failure.getClass().getSimpleName()));
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            tester.send("zhangSan", "10.00");
            tester.advance(Duration.ofMinutes(1));
        }
        assertThat(log)
                .containsExactly(
                        "asked at 2026-01-01T00:00:00Z",
                        "TimeoutException",
                        "asked at 2026-01-01T00:00:05.200Z",
                        "answered at 2026-01-01T00:00:07.200Z");
    }

    @Test
    void batch_isBookedWhenItIsFull_orHasWaited() {
        KqConf conf =
                KqTester.conf().batchSize(3).batchWait(Duration.ofSeconds(1)).build();
        KqQueue.Builder queue =
                KqQueue.builder(conf).batchHandler(payments -> log.add(payments.size() + " at " + clock.instant()));
        try (KqTester tester = KqTester.builder(queue).clock(clock).start()) {
            for (int i = 0; i < 4; i++) {
                tester.send("payer" + i, "1.00");
            }
            assertThat(log).containsExactly("3 at 2026-01-01T00:00:00Z");
            tester.advance(Duration.ofSeconds(1));
            assertThat(log).contains("1 at 2026-01-01T00:00:01Z");
        }
    }
}
