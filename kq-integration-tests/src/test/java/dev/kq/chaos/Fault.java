package dev.kq.chaos;

import java.time.Duration;

/**
 * Something bad that can happen: what it does, for how long, and how it is undone. Its text is what the schedule shows.
 * Called by one thread.
 */
interface Fault {
    /** Does it. */
    void begin(World world);

    /** For how long it lasts before it is undone. */
    default Duration lasts() {
        return Duration.ZERO;
    }

    /** Undoes it, and returns when what was hit takes part again. */
    default void end(World world) {}

    /** Whether brokers or the network are hit, so that every instance may have to do things again. */
    default boolean hitsAll() {
        return false;
    }
}
