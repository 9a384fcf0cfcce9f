package dev.kq;

/**
 * Says when a partition's messages are a batch: when there are enough, or the first has waited long enough. Immutable.
 *
 * @param size as many messages as make a batch at once
 * @param waitNanos how long the first one waits for the others
 * @param timer tells the partition when that time is over
 */
record BatchGate(int size, long waitNanos, QueueTimer timer) {}
