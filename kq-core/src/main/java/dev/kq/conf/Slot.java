package dev.kq.conf;

import java.util.Collection;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The place of one value in a builder.
 *
 * @param get reads it, null if it is not set; without it the value is checked in files and then dropped
 * @param set puts a value from a file
 */
record Slot<B, V>(
        Kind<V> kind,
        @Nullable Function<B, @Nullable V> get,
        @Nullable BiConsumer<B, V> set) {
    void read(B builder, Tree tree, String path, Findings findings) {
        String full = findings.path(path);
        @Nullable V value = kind.read(tree, full, findings.reading());
        if (value == null) {
            boolean absent = tree instanceof Tree.Scalar scalar && scalar.absent() && kind.emptyIsAbsent();
            if (!absent) {
                findings.broken(path);
            }
        } else if (set != null) {
            set.accept(builder, value);
        }
    }

    void check(B builder, String path, boolean required, Findings findings) {
        if (get == null || !findings.sound(path)) {
            return;
        }
        @Nullable V value = get.apply(builder);
        if (value == null || empty(value)) {
            if (required) {
                findings.reject(path, Shown.problem("is missing", null, kind.allowed()));
            }
            return;
        }
        @Nullable String wrong = kind.wrong(value);
        if (wrong != null) {
            findings.reject(path, kind.problem(wrong, kind.show(value)));
        }
    }

    /** The value as text, or null if it is not set. */
    @Nullable
    String show(B builder) {
        @Nullable V value = get == null ? null : get.apply(builder);
        return value == null || empty(value) ? null : kind.show(value);
    }

    <A> Slot<A, V> within(Function<A, B> path) {
        Function<B, @Nullable V> reader = get;
        BiConsumer<B, V> writer = set;
        return new Slot<>(
                kind,
                reader == null ? null : outer -> reader.apply(path.apply(outer)),
                writer == null ? null : (outer, value) -> writer.accept(path.apply(outer), value));
    }

    private static boolean empty(Object value) {
        return (value instanceof String text && text.isEmpty())
                || (value instanceof Collection<?> all && all.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty());
    }
}
