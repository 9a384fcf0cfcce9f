package dev.kq.conf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is collected while one configuration is read: its problems, and the keys that have no effect by themselves. */
final class Reading {
    /** Nobody reads more of them, and a file that is no configuration at all has thousands. */
    private static final int MOST = 200;

    private final Set<ConfException.Problem> problems = new LinkedHashSet<>();
    private ConfException.@Nullable Problem rest;
    private final Set<String> ineffective = new LinkedHashSet<>();
    private final Map<String, Set<String>> effectBy = new LinkedHashMap<>();
    private final Map<String, Place> places = new HashMap<>();
    private final Variables variables;

    private final Overrides overrides;
    private final List<String> files = new ArrayList<>();

    Reading(Variables variables, Overrides overrides) {
        this.variables = variables;
        this.overrides = overrides;
    }

    Overrides overrides() {
        return overrides;
    }

    /** Notes the next file, so that problems come in the order of the files. */
    void file(String file) {
        files.add(file);
    }

    Variables variables() {
        return variables;
    }

    /** Remembers where a key was written. */
    void at(String path, Place place) {
        places.put(path.toLowerCase(Locale.ROOT), place);
    }

    /** Where a key was written, or the other place if it was not. */
    Place placeOf(String path, Place otherwise) {
        return places.getOrDefault(path.toLowerCase(Locale.ROOT), otherwise);
    }

    void reject(Place place, String path, String text) {
        ConfException.Problem problem = new ConfException.Problem(place.file(), place.line(), path, text);
        if (!full()) {
            problems.add(problem);
        } else if (rest == null && !problems.contains(problem)) {
            rest = new ConfException.Problem(place.file(), place.line(), "", "more problems from here on, not shown");
        }
    }

    /** Whether there are so many problems that no more are taken. */
    boolean full() {
        return problems.size() >= MOST;
    }

    /** Reports a part of the file that has another shape than it should. */
    void misshapen(Tree tree, String path, String wanted, String allowed) {
        if (!(tree instanceof Tree.Refused)) {
            reject(tree.place(), path, Shown.problem(tree.shape() + " where " + wanted + " is meant", null, allowed));
        }
    }

    /** Notes a key that is accepted and does nothing. */
    void ineffective(String key) {
        ineffective.add(key);
    }

    Set<String> ineffective() {
        return ineffective;
    }

    /** Notes a key that does nothing until the application does something. */
    void effectBy(String what, String key) {
        effectBy.computeIfAbsent(what, w -> new LinkedHashSet<>()).add(key);
    }

    /** What the application must do, and the keys that have an effect then. */
    Map<String, Set<String>> effectBy() {
        return effectBy;
    }

    boolean failed() {
        return !problems.isEmpty();
    }

    /** Throws what was found, in the order of the lines, if anything was. */
    void throwIfFailed() {
        if (failed()) {
            List<ConfException.Problem> sorted = new ArrayList<>(problems);
            sorted.sort(Comparator.comparingInt((ConfException.Problem problem) -> files.indexOf(problem.file()))
                    .thenComparingInt(ConfException.Problem::line));
            if (rest != null) {
                sorted.add(rest);
            }
            throw new ConfException(sorted);
        }
    }

    static String join(String path, String key) {
        return path.isEmpty() || key.isEmpty() ? path + key : path + "." + key;
    }
}
