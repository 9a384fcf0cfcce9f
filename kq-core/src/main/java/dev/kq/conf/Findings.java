package dev.kq.conf;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Collects what a check finds wrong in one section. Paths are relative to the section: {@code MinBytes},
 * {@code Retry.Backoff}. Not thread-safe.
 */
public final class Findings {
    private final Reading reading;
    private final String prefix;
    private final Place section;
    private final Set<String> broken = new HashSet<>();

    Findings(Reading reading, String prefix, Place section) {
        this.reading = reading;
        this.prefix = prefix;
        this.section = section;
    }

    /** Findings for values that come from code. */
    static Findings ofCode() {
        return new Findings(new Reading(new Variables(name -> null), Overrides.NONE), "", Place.CODE);
    }

    /** Reports a key. The text says what is wrong, the value and what is allowed, and shows no secret. */
    public void reject(String path, String text) {
        broken.add(fold(path));
        String full = path(path);
        reading.reject(reading.placeOf(full, section), full, text);
    }

    /** Reports a key in the usual form: {@code what: value (allowed: …)}. */
    public void reject(String path, String what, Object value, String allowed) {
        reject(path, Shown.problem(what, Shown.value(value.toString()), allowed));
    }

    /** Whether none of these keys has been found wrong so far; a cross-check of others would only mislead. */
    public boolean sound(String... paths) {
        for (String path : paths) {
            if (broken.contains(fold(path))) {
                return false;
            }
        }
        return true;
    }

    /** Reports a key at a place that is not remembered under its path. */
    void reject(Place place, String path, String text) {
        broken.add(fold(path));
        reading.reject(place, path(path), text);
    }

    /** Whether nothing at all has been found wrong. */
    boolean clean() {
        return broken.isEmpty();
    }

    /** Notes a key whose value could not be read, already reported. */
    void broken(String path) {
        broken.add(fold(path));
    }

    String path(String key) {
        return Reading.join(prefix, key);
    }

    Reading reading() {
        return reading;
    }

    void throwIfAny() {
        reading.throwIfFailed();
    }

    private static String fold(String path) {
        return path.toLowerCase(Locale.ROOT);
    }
}
