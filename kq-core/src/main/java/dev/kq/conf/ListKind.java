package dev.kq.conf;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list of sections, or of other values than texts. */
final class ListKind<V> extends Kind<List<V>> {
    private final Kind<V> element;

    ListKind(Kind<V> element) {
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
    List<V> parse(String text) throws Rejected {
        throw new Rejected("a single value where a list is meant");
    }

    @Override
    boolean emptyIsAbsent() {
        return true;
    }

    @Override
    @Nullable
    List<V> read(Tree tree, String path, Reading reading) {
        if (tree instanceof Tree.Scalar scalar) {
            return readScalar(scalar, path, reading);
        }
        if (!(tree instanceof Tree.Items list)) {
            reading.misshapen(tree, path, "a list", "");
            return null;
        }
        List<V> all = new ArrayList<>();
        boolean right = true;
        for (int i = 0; i < list.items().size(); i++) {
            Tree item = list.items().get(i);
            String at = path + "[" + i + "]";
            @Nullable V value = element.read(item, at, reading);
            if (value != null) {
                all.add(value);
            } else {
                right = false;
                if (item instanceof Tree.Scalar scalar && scalar.absent() && element.emptyIsAbsent()) {
                    reading.reject(item.place(), at, "an empty element");
                }
            }
        }
        return right ? List.copyOf(all) : null;
    }
}
