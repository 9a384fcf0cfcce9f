package dev.kq.examples.payments;

import java.io.PrintStream;
import java.util.Locale;

/**
 * What is said at the end of a run.
 *
 * @param expected computed straight from the file
 * @param run what was handled
 * @param nanos from the first push to the last handled payment
 * @param lag what the group has not committed of the topic
 */
record PaymentsReport(PaymentTotals expected, PaymentsRun run, long nanos, long lag) {
    /** 0 if the totals agree and nothing is left, else 1. */
    int exitCode() {
        return lag == 0 && expected.agreesWith(run.totals()) ? 0 : 1;
    }

    void print(PrintStream out) {
        if (expected.payments() > 0) {
            out.println();
            row(out, "currency", "payments", "total in the file", "total handled");
            expected.byCurrency().forEach((currency, total) -> {
                PaymentTotals.Total handled = run.totals().of(currency);
                row(
                        out,
                        currency,
                        count(total.payments()),
                        amount(total),
                        amount(handled)
                                + (total.agreesWith(handled)
                                        ? ""
                                        : "  <-- differs: " + count(handled.payments()) + " payments"));
            });
            out.println();
            line(out, "payments/s", count(run.own() * 1_000_000_000L / Math.max(1, nanos)));
            line(
                    out,
                    "latency",
                    "p50 " + count(run.latencies().percentile(0.50)) + " ms, p99 "
                            + count(run.latencies().percentile(0.99)) + " ms, from push to handled");
        }
        line(out, "lag", count(lag));
        if (run.others() > 0) {
            line(out, "also handled", count(run.others()) + " messages of earlier runs");
        }
        if (run.repeated() > 0) {
            line(out, "came again", count(run.repeated()) + " messages, added once");
        }
        out.println(
                exitCode() == 0
                        ? count(run.own()) + " payments pushed and handled, the totals agree"
                        : "THE TOTALS DO NOT AGREE: " + count(expected.payments()) + " payments in the file, "
                                + count(run.own()) + " handled");
    }

    /** For a run that a signal ended. */
    void printStopped(PrintStream out, long acknowledged, String topic, String group) {
        out.println("Stopped: " + count(acknowledged) + " of " + count(expected.payments()) + " payments pushed, "
                + count(run.own()) + " of them handled"
                + (run.others() > 0 ? ", " + count(run.others()) + " messages of earlier runs" : "") + ", " + count(lag)
                + " messages wait in topic " + topic + " for group " + group);
    }

    private static void row(PrintStream out, String currency, String payments, String expected, String handled) {
        out.printf(Locale.ROOT, "%-8s %12s %22s %22s%n", currency, payments, expected, handled);
    }

    private static void line(PrintStream out, String name, String value) {
        out.printf(Locale.ROOT, "%-12s %s%n", name, value);
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String amount(PaymentTotals.Total total) {
        return String.format(Locale.ROOT, "%,." + Math.max(0, total.amount().scale()) + "f", total.amount());
    }
}
