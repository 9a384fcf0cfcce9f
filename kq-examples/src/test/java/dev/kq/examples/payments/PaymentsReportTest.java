package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PaymentsReportTest {
    private final PaymentTotals expected = new PaymentTotals();
    private final PaymentsRun run = new PaymentsRun(new HandledFile(null));

    private static void add(PaymentTotals totals, String amount, String currency) {
        totals.add(new Payment("a", new BigDecimal(amount), currency));
    }

    private String print(long lag) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new PaymentsReport(expected, run, 1_000_000_000, lag).print(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private int exitCode(long lag) {
        return new PaymentsReport(expected, run, 1, lag).exitCode();
    }

    @Test
    void sameSums_agreeWhateverTheirScale() {
        add(expected, "0.1", "EUR");
        add(expected, "0.20", "EUR");
        add(run.totals(), "0.3", "EUR");
        assertThat(exitCode(0)).isEqualTo(1); // one payment instead of two
        add(run.totals(), "0.000", "EUR");
        assertThat(exitCode(0)).isZero();
    }

    @Test
    void differentSums_areMarked() {
        add(expected, "1.00", "EUR");
        add(expected, "5.00", "USD");
        add(run.totals(), "1.00", "EUR");
        add(run.totals(), "5.01", "USD");
        assertThat(exitCode(0)).isEqualTo(1);
        assertThat(print(0)).containsOnlyOnce("<-- differs").contains("THE TOTALS DO NOT AGREE");
    }

    @Test
    void currencyThatNobodyPushed_doesNotAgree() {
        add(run.totals(), "1", "XXX");
        assertThat(exitCode(0)).isEqualTo(1);
    }

    @Test
    void lag_isNoSuccess() {
        assertThat(exitCode(0)).isZero();
        assertThat(exitCode(1)).isEqualTo(1);
    }
}
