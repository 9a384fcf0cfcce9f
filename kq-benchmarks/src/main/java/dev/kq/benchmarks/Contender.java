package dev.kq.benchmarks;

import org.jspecify.annotations.Nullable;

/** One way to get records to the broker. Used by the pushing threads of one round at a time. */
interface Contender extends AutoCloseable {
    /** Hands over a record and does not look at it again, but for {@link #failures}. */
    void push(@Nullable String key, String value);

    /** Hands over a record; the acknowledgement is told on the network thread. */
    void push(@Nullable String key, String value, Runnable acknowledged);

    /** Returns when everything pushed before is acknowledged or failed. */
    void flush();

    /** How many pushes have failed. */
    long failures();

    @Override
    void close();
}
