package dev.kq.conf;

import org.jspecify.annotations.Nullable;

/** A section whose values go to a builder of its own, as the value of a key. */
final class SectionKind<T> extends Kind<T> {
    private final Section<?, T> section;

    SectionKind(Section<?, T> section) {
        this.section = section;
    }

    @Override
    String type() {
        return "section";
    }

    @Override
    String allowed() {
        return "";
    }

    @Override
    T parse(String text) throws Rejected {
        throw new Rejected("a single value where a section is meant");
    }

    @Override
    boolean emptyIsAbsent() {
        return true;
    }

    @Override
    @Nullable
    T read(Tree tree, String path, Reading reading) {
        if (tree instanceof Tree.Scalar scalar && scalar.absent()) {
            return null;
        }
        return section.read(tree, path, reading.placeOf(path, tree.place()), reading);
    }
}
