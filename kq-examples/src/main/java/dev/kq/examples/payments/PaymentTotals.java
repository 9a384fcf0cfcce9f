package dev.kq.examples.payments;

import dev.kq.ConsumeHandler;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Adds payments up, per currency and exactly. As a handler it is called by many workers at once. Thread-safe. */
final class PaymentTotals implements ConsumeHandler {
    private final Map<String, Total> byCurrency = new ConcurrentHashMap<>();

    /**
     * What one currency comes to.
     *
     * @param payments how many
     * @param amount their sum
     */
    record Total(long payments, BigDecimal amount) {
        static final Total NOTHING = new Total(0, BigDecimal.ZERO);

        Total plus(Total other) {
            return new Total(payments + other.payments, amount.add(other.amount));
        }

        Total times(int factor) {
            return new Total(payments * factor, amount.multiply(BigDecimal.valueOf(factor)));
        }

        boolean agreesWith(Total other) {
            return payments == other.payments && amount.compareTo(other.amount) == 0;
        }
    }

    @Override
    public void consume(@Nullable String key, @Nullable String value) {
        add(Payment.parse(Objects.requireNonNull(value, "a payment without a value")));
    }

    void add(Payment payment) {
        byCurrency.merge(payment.currency(), new Total(1, payment.amount()), Total::plus);
    }

    /** The same payments as often as that. */
    PaymentTotals times(int factor) {
        PaymentTotals product = new PaymentTotals();
        if (factor > 0) {
            byCurrency.forEach((currency, total) -> product.byCurrency.put(currency, total.times(factor)));
        }
        return product;
    }

    long payments() {
        return byCurrency.values().stream().mapToLong(Total::payments).sum();
    }

    Total of(String currency) {
        return byCurrency.getOrDefault(currency, Total.NOTHING);
    }

    SortedMap<String, Total> byCurrency() {
        return new TreeMap<>(byCurrency);
    }

    boolean agreesWith(PaymentTotals other) {
        return byCurrency.keySet().equals(other.byCurrency.keySet())
                && byCurrency.entrySet().stream()
                        .allMatch(entry -> entry.getValue().agreesWith(other.of(entry.getKey())));
    }
}
