package dev.kq.testkit.guarantee;

import org.jspecify.annotations.Nullable;

/**
 * One line of a process's event log.
 *
 * @param kind what happened
 * @param nanos {@link System#nanoTime()} when it was written; all JVMs of one machine share that clock
 * @param partition the partition of the topic, -1 for what belongs to none
 * @param offset see {@link Kind}
 * @param to see {@link Kind}
 * @param text see {@link Kind}
 */
public record Event(Kind kind, long nanos, int partition, long offset, long to, String text) {
    /** What stands for a null key; a key that reads like this is taken for null, and so for one without an order. */
    public static final String NO_KEY = "(none)";

    /** What can happen. */
    public enum Kind {
        /** The queue was started. */
        STARTED,
        /** A push was acknowledged: the record at {@code offset} has the key {@code text}. */
        PUSHED,
        /** The client {@code text} was given the partition. Seen at its next fetch, so a little late. */
        ASSIGNED,
        /** The client {@code text} gave the partition up, or lost it. Seen at its next fetch or its end. */
        REVOKED,
        /**
         * A handler was called for the record at {@code offset} with the key {@code text}, for the attempt {@code to}.
         */
        BEGAN,
        /** That handler is about to return. */
        ENDED,
        /** That handler failed, with the attempt {@code to}. */
        FAILED,
        /** The client {@code text} got the records from {@code offset} up to, not including, {@code to}. */
        POLLED,
        /** The broker acknowledged to the client {@code text} that {@code offset} is committed. */
        COMMITTED,
        /**
         * A sign of life, at least twice a second; the lag is {@code offset}, -1 if unknown, and the health
         * {@code text}.
         */
        STATUS,
        /** Stopped: {@code offset} records were handled, {@code partition} still run; the report is {@code text}. */
        STOPPED,
        /** The queue failed with {@code text}. */
        DIED
    }

    /** The key as it is written in an event, on one line. */
    static String keyText(@Nullable String key) {
        return key == null ? NO_KEY : key.replace('\n', ' ');
    }

    String line() {
        return kind + " " + nanos + " " + partition + " " + offset + " " + to + " " + text;
    }

    static Event parse(String line) {
        String[] columns = line.split(" ", 6);
        if (columns.length != 6) {
            throw new IllegalArgumentException("not an event: " + line);
        }
        return new Event(
                Kind.valueOf(columns[0]),
                Long.parseLong(columns[1]),
                Integer.parseInt(columns[2]),
                Long.parseLong(columns[3]),
                Long.parseLong(columns[4]),
                columns[5].intern()); // few keys, many events
    }
}
