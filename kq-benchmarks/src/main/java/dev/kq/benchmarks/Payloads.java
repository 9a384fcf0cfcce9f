package dev.kq.benchmarks;

import java.util.Random;

/**
 * Makes values that look like the JSON of a service: field names and words repeat, ids and amounts do not, so that
 * compression finds as much as it does in earnest. The same on every run.
 */
final class Payloads {
    private static final int HOW_MANY = 1 << 12;
    private static final String[] WORDS = {
        "payment", "accepted", "Berlin", "subscription", "monthly", "Stockholm", "refund", "pending", "invoice", "card"
    };

    private Payloads() {}

    /** Values of so many bytes each; their number is a power of two. */
    static String[] values(int bytes) {
        return values(bytes, HOW_MANY);
    }

    /** So many values, a power of two, of so many bytes each. */
    static String[] values(int bytes, int howMany) {
        Random random = new Random(bytes);
        String[] values = new String[howMany];
        for (int i = 0; i < howMany; i++) {
            values[i] = value(bytes, random);
        }
        return values;
    }

    /** Keys, some equal; their number is a power of two. */
    static String[] keys() {
        Random random = new Random(1);
        String[] keys = new String[HOW_MANY];
        for (int i = 0; i < HOW_MANY; i++) {
            keys[i] = "account-" + random.nextInt(1000);
        }
        return keys;
    }

    private static String value(int bytes, Random random) {
        StringBuilder json = new StringBuilder(bytes + 200)
                .append("{\"id\":\"")
                .append(Long.toHexString(random.nextLong()))
                .append("\",\"lines\":[");
        while (json.length() < bytes) {
            json.append("{\"account\":")
                    .append(random.nextInt(100_000))
                    .append(",\"amount\":")
                    .append(random.nextInt(1_000_000) / 100.0)
                    .append(",\"currency\":\"EUR\",\"text\":\"")
                    .append(WORDS[random.nextInt(WORDS.length)])
                    .append(' ')
                    .append(WORDS[random.nextInt(WORDS.length)])
                    .append("\"},");
        }
        json.setLength(bytes - 2);
        return json.append("]}").toString();
    }
}
