package dev.kq.conf;

import org.jspecify.annotations.Nullable;

/**
 * Where something was written.
 *
 * @param file the file as it was named by the caller, or null for code
 * @param line from 1; 0 if there is none
 */
record Place(@Nullable String file, int line) {
    static final Place CODE = new Place(null, 0);
}
