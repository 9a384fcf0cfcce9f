package dev.kq.examples.payments;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the name that somebody meant who made a typing error or two. */
final class Typos {
    private static final int MOST = 2;

    private Typos() {}

    static @Nullable String closest(String written, List<String> names) {
        String closest = null;
        int least = MOST + 1;
        for (String name : names) {
            int distance = distance(written, name);
            if (distance < least) {
                least = distance;
                closest = name;
            }
        }
        return closest;
    }

    /** How many letters must be inserted, removed or changed to turn one word into the other. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
