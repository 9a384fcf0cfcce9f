package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentTest {
    @Test
    void parse_keepsTheAmountExact() {
        assertThat(Payment.parse("{\"account\":\"a\",\"amount\":1234567890.123456,\"currency\":\"EUR\"}"))
                .isEqualTo(new Payment("a", new BigDecimal("1234567890.123456"), "EUR"));
        assertThat(Payment.parse("{\"account\":\"a\",\"amount\":\"-7\",\"currency\":\"JPY\",\"more\":[1]}"))
                .isEqualTo(new Payment("a", new BigDecimal("-7"), "JPY"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello | not JSON",
                "{\"account\":\"a\",\"amount\":\"1\",\"currency\":\"EUR\"} x | not JSON",
                "[1] | not a JSON object",
                "{\"amount\":\"1\",\"currency\":\"EUR\"} | account is missing",
                "{\"account\":7,\"amount\":\"1\",\"currency\":\"EUR\"} | account is not a text",
                "{\"account\":\"a\",\"amount\":null,\"currency\":\"EUR\"} | amount is missing",
                "{\"account\":\"a\",\"amount\":\"1\",\"currency\":\"euro\"} | currency is not three capital letters",
            })
    void parse_saysWhatIsWrong(String line, String message) {
        assertThatThrownBy(() -> Payment.parse(line)).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"1,00\"", "\"\"", "true", "1e99", "\"1e999999999\"", "1e-999999999", "\"0.0000001\"", "{}"})
    void parse_refusesAnAmountThatIsNone(String amount) {
        String line = "{\"account\":\"a\",\"amount\":" + amount + ",\"currency\":\"EUR\"}";
        assertThatThrownBy(() -> Payment.parse(line)).hasMessageStartingWith("amount is not a decimal number");
    }
}
