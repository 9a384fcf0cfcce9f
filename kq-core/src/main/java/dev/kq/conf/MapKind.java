package dev.kq.conf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sections, or other values than texts, under names that the user chooses. */
final class MapKind<V> extends Kind<Map<String, V>> {
    private final Kind<V> element;

    MapKind(Kind<V> element) {
        this.element = element;
    }

    @Override
    String type() {
        return "section of " + element.type();
    }

    @Override
    String allowed() {
        return "";
    }

    @Override
    Map<String, V> parse(String text) throws Rejected {
        throw new Rejected("a single value where a section is meant");
    }

    @Override
    boolean emptyIsAbsent() {
        return true;
    }

    @Override
    @Nullable
    Map<String, V> read(Tree tree, String path, Reading reading) {
        if (tree instanceof Tree.Scalar scalar) {
            return readScalar(scalar, path, reading);
        }
        if (!(tree instanceof Tree.Entries section)) {
            reading.misshapen(tree, path, "a section", "");
            return null;
        }
        Map<String, V> all = new LinkedHashMap<>();
        boolean right = true;
        for (Tree.Entry entry : section.entries()) {
            String at = Reading.join(path, Shown.key(entry.key()));
            reading.at(at, entry.place());
            @Nullable V value = element.read(entry.value(), at, reading);
            if (value == null) {
                right = false;
                if (entry.value() instanceof Tree.Scalar scalar && scalar.absent() && element.emptyIsAbsent()) {
                    reading.reject(entry.place(), at, "has no value");
                }
            } else if (all.putIfAbsent(entry.key(), value) != null && !entry.merged()) {
                reading.reject(entry.place(), at, "is written twice");
                right = false;
            }
        }
        return right ? Collections.unmodifiableMap(all) : null;
    }
}
