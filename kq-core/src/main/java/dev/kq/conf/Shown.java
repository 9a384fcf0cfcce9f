package dev.kq.conf;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How values of a configuration are shown to a person: short, on one line, and never a secret. */
final class Shown {
    static final String MASK = "******";
    private static final int LONGEST = 100;
    private static final Pattern SECRET =
            Pattern.compile("password|passwd|passphrase|secret|jaas|token|key|credential", Pattern.CASE_INSENSITIVE);

    private Shown() {}

    /** A value for a message: control characters escaped, and cut if it is long. */
    static String value(String text) {
        // Somebody may have written an URL with a user and a password where an address is meant.
        if (text.contains("@")) {
            return MASK;
        }
        String shown = cut(text, LONGEST);
        return text.equals(text.strip()) && !text.isEmpty() ? shown : '"' + shown + '"';
    }

    /** A key that nobody knows: the part after a colon or equals sign may be a value that lost its blank. */
    static String key(String text) {
        int end = text.length();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ':' || text.charAt(i) == '=') {
                end = i;
                break;
            }
        }
        String shown = cut(text.substring(0, end), 60);
        return end < text.length() ? shown + "…" : shown;
    }

    /** Whether the value under this Kafka setting must not be shown. */
    static boolean secret(String key) {
        return SECRET.matcher(key.toLowerCase(Locale.ROOT)).find();
    }

    static String problem(String what, @Nullable String value, String allowed) {
        String text = value == null ? what : what + ": " + value;
        return allowed.isEmpty() ? text : text + " (allowed: " + allowed + ")";
    }

    private static String cut(String text, int longest) {
        StringBuilder out = new StringBuilder();
        int end = Math.min(text.length(), longest);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                out.append("\\n");
            } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return text.length() > longest ? out + "…" : out.toString();
    }
}
