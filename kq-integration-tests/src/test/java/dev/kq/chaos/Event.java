package dev.kq.chaos;

/**
 * One line of an instance's event log.
 *
 * @param nanos {@link System#nanoTime()} when it was written; all JVMs of one machine share that clock
 * @param partition the partition of the topic, -1 for what belongs to none
 * @param offset see {@link Kind}
 * @param to see {@link Kind}
 * @param text see {@link Kind}
 */
record Event(Kind kind, long nanos, int partition, long offset, long to, String text) {
    enum Kind {
        /** The queue was started. */
        STARTED,
        /** A handler was called for the record at {@code offset} with the key {@code text}. */
        BEGAN,
        /** That handler is about to return. */
        ENDED,
        /** That handler failed, with the attempt {@code to} if it failed on purpose. */
        FAILED,
        /** The client {@code text} got the records from {@code offset} up to, not including, {@code to}. */
        POLLED,
        /** The broker acknowledged to the client {@code text} that {@code offset} is committed. */
        COMMITTED,
        /** The lag is {@code offset}, -1 if unknown, and the health {@code text}. */
        STATUS,
        /** Stopped: {@code offset} records were handled, {@code partition} still run; the report is {@code text}. */
        STOPPED,
        /** The queue failed with {@code text}. */
        DIED
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
                columns[5]);
    }
}
