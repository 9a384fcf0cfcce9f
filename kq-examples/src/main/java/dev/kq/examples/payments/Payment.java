package dev.kq.examples.payments;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What the example needs to know of a payment.
 *
 * @param account whose payment it is: the key of its message
 * @param amount exact, negative for a refund
 * @param currency three capital letters
 */
record Payment(String account, BigDecimal amount, String currency) {
    private static final int MOST_DIGITS = 15;
    private static final int MOST_DECIMALS = 6;

    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    /**
     * Reads a line of a payments file, which is also the value of a message.
     *
     * @throws IllegalArgumentException that says what is wrong with it, without showing it
     */
    static Payment parse(String line) {
        JsonNode json;
        try {
            json = JSON.readValue(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
        if (!json.isObject()) {
            throw new IllegalArgumentException("not a JSON object");
        }
        String currency = text(json, "currency");
        if (!currency.matches("[A-Z]{3}")) {
            throw new IllegalArgumentException("currency is not three capital letters");
        }
        return new Payment(text(json, "account"), amount(json.get("amount")), currency);
    }

    private static String text(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw new IllegalArgumentException(name + " is not a text");
        }
        return value.textValue();
    }

    private static BigDecimal amount(@Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException("amount is missing");
        }
        try {
            BigDecimal amount = value.isTextual() && value.textValue().length() <= 2 * MOST_DIGITS
                    ? new BigDecimal(value.textValue())
                    : value.isNumber() ? value.decimalValue() : null;
            if (amount != null
                    && amount.scale() >= -MOST_DIGITS
                    && amount.scale() <= MOST_DECIMALS
                    && amount.precision() - amount.scale() <= MOST_DIGITS) {
                return amount;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("amount is not a decimal number of at most " + MOST_DIGITS + " digits before"
                + " and " + MOST_DECIMALS + " behind the point");
    }
}
