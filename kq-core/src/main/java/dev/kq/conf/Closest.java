package dev.kq.conf;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what somebody may have meant: the known name with the fewest typing errors between. */
final class Closest {
    private static final int LONGEST = 60;

    private Closest() {}

    /** A hint for the end of a message, empty if nothing is close. */
    static String hint(String written, Collection<String> known) {
        @Nullable String closest = find(written, known);
        return closest == null ? "" : " (did you mean " + closest + "?)";
    }

    static @Nullable String find(String written, Collection<String> known) {
        if (written.length() > LONGEST) {
            return null;
        }
        String text = plain(written);
        @Nullable String closest = null;
        int best = Math.max(1, text.length() / 3) + 1;
        for (String name : known) {
            // The beginning of a longer name is as good as one typing error.
            boolean begins = text.length() >= 3 && plain(name).startsWith(text);
            int distance = begins ? 1 : distance(text, plain(name));
            if (distance < best) {
                best = distance;
                closest = name;
            }
        }
        return closest;
    }

    /** Case, underscores and dashes are no typing errors: {@code min_bytes} means MinBytes. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /** Damerau's distance with adjacent swaps: the insertions, deletions, changes and swaps between two words. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
