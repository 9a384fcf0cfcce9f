package dev.kq.conf;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values that the environment has for keys: {@code KQ_RETRY_BACKOFF} for {@code Retry.Backoff}. Also knows which were
 * used.
 */
final class Overrides {
    static final Overrides NONE = new Overrides(Map.of());
    private static final String PREFIX = "KQ_";

    private final Map<String, Variable> variables = new TreeMap<>();
    private final Set<String> used = new LinkedHashSet<>();

    private record Variable(String name, String value) {}

    private Overrides(Map<String, String> environment) {
        // In the order of their names, so that of KQ_MIN_BYTES and KQ_MINBYTES it is always the same one that counts.
        new TreeMap<>(environment).forEach((name, value) -> {
            if (name.startsWith(PREFIX)) {
                variables.putIfAbsent(plain(name.substring(PREFIX.length())), new Variable(name, value));
            }
        });
    }

    static Overrides of(Map<String, String> environment) {
        return new Overrides(environment);
    }

    /** The value for a key as if a file had it, or null if there is none. */
    Tree.@Nullable Scalar find(String path) {
        if (variables.isEmpty()) {
            return null;
        }
        Variable variable = variables.get(plain(path));
        if (variable == null) {
            return null;
        }
        used.add(variable.name());
        // Taken as it is: a dollar stays a dollar.
        return new Tree.Scalar(
                variable.value().replace("$", "$$"), false, new Place("environment variable " + variable.name(), 0));
    }

    /** The variables that were used. */
    Set<String> used() {
        return used;
    }

    private static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }
}
