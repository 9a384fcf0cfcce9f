package dev.kq.conf;

import java.util.List;

/** A file as text with places: no types yet, aliases and merge keys resolved, the same part possibly shared. */
sealed interface Tree {
    /** Where it starts. */
    Place place();

    /** What it is, for a message. */
    String shape();

    /**
     * A single value.
     *
     * @param text the value as written, quotes and escapes resolved
     * @param absent true for an empty value, {@code ~} or {@code null} without quotes
     */
    record Scalar(String text, boolean absent, Place place) implements Tree {
        @Override
        public String shape() {
            return "a single value";
        }
    }

    /** A list. */
    record Items(List<Tree> items, Place place) implements Tree {
        @Override
        public String shape() {
            return "a list";
        }
    }

    /** Keys with values, in the order of the file, merged ones last. */
    record Entries(List<Entry> entries, Place place) implements Tree {
        @Override
        public String shape() {
            return "a section";
        }
    }

    /** A part that cannot be used and has already been reported. */
    record Refused(Place place) implements Tree {
        @Override
        public String shape() {
            return "something";
        }
    }

    /**
     * One key with its value.
     *
     * @param merged true if it came through a merge key, so that a key of the same name goes before it
     * @param place where the key is
     */
    record Entry(String key, Tree value, boolean merged, Place place) {}
}
