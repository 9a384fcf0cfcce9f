package dev.kq.conf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Lays one file over another: sections are merged key by key, everything else is replaced. */
final class Overlay {
    private Overlay() {}

    static Tree of(Tree lower, Tree upper) {
        if (!(lower instanceof Tree.Entries below) || !(upper instanceof Tree.Entries above)) {
            return upper;
        }
        Map<String, Tree.Entry> lowers = new HashMap<>();
        below.entries().forEach(entry -> lowers.putIfAbsent(fold(entry), entry));
        Set<String> taken = new HashSet<>();
        List<Tree.Entry> all = new ArrayList<>();
        for (Tree.Entry entry : above.entries()) {
            Tree.Entry other = lowers.get(fold(entry));
            Tree value = other == null ? entry.value() : of(other.value(), entry.value());
            all.add(new Tree.Entry(entry.key(), value, entry.merged(), entry.place()));
            taken.add(fold(entry));
        }
        for (Tree.Entry entry : below.entries()) {
            if (!taken.contains(fold(entry))) {
                all.add(entry);
            }
        }
        return new Tree.Entries(all, above.place());
    }

    private static String fold(Tree.Entry entry) {
        return entry.key().toLowerCase(Locale.ROOT);
    }
}
