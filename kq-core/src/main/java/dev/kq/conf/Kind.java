package dev.kq.conf;

import org.jspecify.annotations.Nullable;

/** What a key may hold: how it is read, when it is right, and how it is shown. Immutable. */
abstract class Kind<V> {
    private static final int LONGEST = 64 * 1024;

    /** What it is, for the documentation. */
    abstract String type();

    /** What is allowed, for messages and the documentation; empty if everything is. */
    abstract String allowed();

    /**
     * The value of one text.
     *
     * @throws Rejected if the text does not mean such a value
     */
    abstract V parse(String text) throws Rejected;

    /** How a value looks in messages and in the documentation. */
    String show(V value) {
        return String.valueOf(value);
    }

    /** What is wrong with a value of the right type, or null if nothing is. */
    @Nullable
    String wrong(V value) {
        return null;
    }

    /** Whether an empty value in the file means the same as no key at all. */
    boolean emptyIsAbsent() {
        return false;
    }

    /** Whether nothing of it may be shown. */
    boolean secret() {
        return false;
    }

    /** Reads a part of a file; null if it was rejected or is as good as not written. */
    @Nullable
    V read(Tree tree, String path, Reading reading) {
        if (!(tree instanceof Tree.Scalar scalar)) {
            reading.misshapen(tree, path, "a single value", allowed());
            return null;
        }
        return readScalar(scalar, path, reading);
    }

    final @Nullable V readScalar(Tree.Scalar scalar, String path, Reading reading) {
        if (scalar.absent()) {
            if (!emptyIsAbsent()) {
                reading.reject(scalar.place(), path, Shown.problem("has no value", null, allowed()));
            }
            return null;
        }
        if (scalar.text().length() > LONGEST) {
            reading.reject(scalar.place(), path, "is too long (allowed: up to " + LONGEST + " characters)");
            return null;
        }
        @Nullable String text = expanded(scalar, path, reading);
        if (text == null) {
            return null;
        }
        String what;
        try {
            V value = parse(text);
            @Nullable String wrong = wrong(value);
            if (wrong == null) {
                return value;
            }
            what = wrong;
        } catch (Rejected e) {
            what = e.what();
        }
        // As written: what comes from the environment may be a secret that ended up at the wrong key.
        reading.reject(scalar.place(), path, problem(what, scalar.text()));
        return null;
    }

    final String problem(String what, String written) {
        return Shown.problem(what, secret() ? Shown.MASK : Shown.value(written), allowed());
    }

    private static @Nullable String expanded(Tree.Scalar scalar, String path, Reading reading) {
        try {
            return reading.variables().expand(scalar.text());
        } catch (Rejected e) {
            reading.reject(scalar.place(), path, e.what());
            return null;
        }
    }
}
