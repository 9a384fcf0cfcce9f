package dev.kq.conf;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A map from text to text, with keys that are taken as they are written. Values of keys that sound secret are never
 * shown.
 */
final class TextMapKind extends Kind<Map<String, String>> {
    @Override
    String type() {
        return "section of texts";
    }

    @Override
    String allowed() {
        return "";
    }

    @Override
    boolean emptyIsAbsent() {
        return true;
    }

    @Override
    Map<String, String> parse(String text) throws Rejected {
        throw new Rejected("a single value where a section is meant");
    }

    @Override
    @Nullable
    Map<String, String> read(Tree tree, String path, Reading reading) {
        if (tree instanceof Tree.Scalar scalar && scalar.absent()) {
            return null;
        }
        if (!(tree instanceof Tree.Entries section)) {
            reading.misshapen(tree, path, "a section", "");
            return null;
        }
        Map<String, String> all = new LinkedHashMap<>();
        boolean right = true;
        for (Tree.Entry entry : section.entries()) {
            String at = Reading.join(path, Shown.key(entry.key()));
            Kind<String> kind = Shown.secret(entry.key()) ? Kinds.secret() : Kinds.text();
            @Nullable String value = kind.read(entry.value(), at, reading);
            if (entry.value() instanceof Tree.Scalar scalar && scalar.absent()) {
                value = "";
            }
            reading.at(at, entry.place());
            if (value == null) {
                right = false;
            } else if (all.putIfAbsent(entry.key(), value) != null && !entry.merged()) {
                reading.reject(entry.place(), at, "is written twice");
                right = false;
            }
        }
        return right ? all : null;
    }

    @Override
    String show(Map<String, String> values) {
        StringJoiner out = new StringJoiner(", ", "{", "}");
        values.forEach((key, value) -> out.add(key + "=" + (Shown.secret(key) ? Shown.MASK : value)));
        return out.toString();
    }
}
