package dev.kq.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import dev.kq.NonRetryable;
import dev.kq.RetryConf;
import dev.kq.testkit.KqTester;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaymentsTest {
    private final List<String> booked = new ArrayList<>();
    private boolean bankIsAway;

    /** What is to be tested; usually a class of the service. */
    private void pay(String payer, String amount) throws IOException {
        if (amount.startsWith("-")) {
            throw new NonRetryable("a negative amount");
        }
        if (bankIsAway) {
            throw new IOException("the bank is away");
        }
        booked.add(payer + " " + amount);
    }

    private KqConf conf() {
        return KqTester.conf()
                .retry(RetryConf.DEFAULT.withBackoff(Duration.ofSeconds(30), Duration.ofMinutes(10)))
                .deadLetterTopic("payments-dead")
                .build();
    }

    @Test
    void paymentsAreBooked_whenTheBankIsBack_inTheOrderOfTheirPayer() {
        try (KqTester tester = KqTester.of(conf(), this::pay)) {
            bankIsAway = true;
            tester.send("zhangSan", "10.00");
            bankIsAway = false;
            tester.send("zhangSan", "20.00"); // waits behind the first
            tester.send("liSi", "5.00"); // does not
            assertThat(booked).containsExactly("liSi 5.00");

            tester.advance(Duration.ofSeconds(30));
            assertThat(booked).containsExactly("liSi 5.00", "zhangSan 10.00", "zhangSan 20.00");
            tester.advance(Duration.ofSeconds(1));
            assertThat(tester.committed(0)).isEqualTo(3);
        }
    }

    @Test
    void offsetStays_whileAPaymentIsNotDone() {
        try (KqTester tester = KqTester.of(conf(), this::pay)) {
            tester.send("liSi", "5.00");
            bankIsAway = true;
            tester.send("zhangSan", "10.00");
            bankIsAway = false;
            tester.send("wangWu", "7.00");
            tester.advance(Duration.ofSeconds(29));
            assertThat(tester.committed(0)).isEqualTo(1); // a restart begins with zhangSan
        }
    }

    @Test
    void paymentThatFailsThreeTimes_isADeadLetter() {
        bankIsAway = true;
        try (KqTester tester = KqTester.of(conf(), this::pay)) {
            tester.send("zhangSan", "10.00");
            tester.advance(Duration.ofSeconds(30 + 60));
            assertThat(tester.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.key()).isEqualTo("zhangSan");
                assertThat(letter.headers())
                        .containsEntry("kq-attempts", "3")
                        .containsEntry("kq-exception-message", "the bank is away");
            });
        }
    }

    @Test
    void negativeAmount_isADeadLetterAtOnce() {
        try (KqTester tester = KqTester.of(conf(), this::pay)) {
            tester.send("zhangSan", "-10.00");
            assertThat(tester.deadLetters()).hasSize(1);
        }
    }
}
