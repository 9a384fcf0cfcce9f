package dev.kq.cli;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/**
 * Where to begin in each partition: at one of its ends, at an offset, or at a time. Immutable.
 *
 * @param offset the offset, if it is one
 * @param time the time, if it is one
 */
record StartAt(Kind kind, long offset, @Nullable Instant time) {
    enum Kind {
        FIRST,
        LAST,
        OFFSET,
        TIME
    }

    static final StartAt FIRST = new StartAt(Kind.FIRST, 0, null);
    static final StartAt LAST = new StartAt(Kind.LAST, 0, null);

    static StartAt parse(String text, Instant now) {
        if (text.equals("first")) {
            return FIRST;
        }
        if (text.equals("last")) {
            return LAST;
        }
        if (text.matches("\\d{1,18}")) {
            return new StartAt(Kind.OFFSET, Long.parseLong(text), null);
        }
        Instant time = Times.instantOrNull(text, now);
        if (time == null) {
            throw new TypeConversionException("'" + text
                    + "' is no place to start (allowed: first, last, an offset, a time such as 2026-11-20T14:30:00Z,"
                    + " or how long ago, such as 90m)");
        }
        return new StartAt(Kind.TIME, 0, time);
    }
}
