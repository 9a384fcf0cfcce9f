package dev.kq.conf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A list of texts. In a file also a single text, with commas between its elements. */
final class TextListKind extends Kind<List<String>> {
    private final Kind<String> element;

    TextListKind(Kind<String> element) {
        this.element = element;
    }

    @Override
    String type() {
        return "list of " + element.type();
    }

    @Override
    String allowed() {
        return element.allowed();
    }

    @Override
    List<String> parse(String text) {
        return split(List.of(text));
    }

    @Override
    boolean emptyIsAbsent() {
        return true;
    }

    @Override
    @Nullable
    List<String> read(Tree tree, String path, Reading reading) {
        if (tree instanceof Tree.Scalar scalar) {
            return readScalar(scalar, path, reading);
        }
        if (!(tree instanceof Tree.Items list)) {
            reading.misshapen(tree, path, "a list", "");
            return null;
        }
        List<String> all = new ArrayList<>();
        boolean right = true;
        for (int i = 0; i < list.items().size(); i++) {
            Tree item = list.items().get(i);
            if (item instanceof Tree.Scalar scalar && !scalar.absent()) {
                @Nullable List<String> some = readScalar(scalar, path, reading);
                right &= some != null;
                all.addAll(some == null ? List.of() : some);
            } else if (item instanceof Tree.Scalar) {
                reading.reject(item.place(), path, Shown.problem("an empty element", null, allowed()));
                right = false;
            } else {
                reading.misshapen(item, path, "a single value", allowed());
                right = false;
            }
        }
        return right ? all : null;
    }

    @Override
    @Nullable
    String wrong(List<String> values) {
        for (String value : values) {
            @Nullable String wrong = value.isEmpty() ? "an empty element" : element.wrong(value);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    @Override
    String show(List<String> values) {
        return values.stream().map(element::show).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Every text cut at its commas, blanks around and empty elements left out. */
    static List<String> split(List<String> texts) {
        List<String> all = new ArrayList<>();
        for (String text : texts) {
            for (String part : text.split(",", -1)) {
                if (!part.isBlank()) {
                    all.add(part.strip());
                }
            }
        }
        return all;
    }
}
