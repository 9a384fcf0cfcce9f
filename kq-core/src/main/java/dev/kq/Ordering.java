package dev.kq;

/** Which messages of a partition must be handled one after the other. Default: {@link #KEY}. */
public enum Ordering {
    /** Messages of one key, in offset order. Messages with a null key have no order and run in parallel. */
    KEY,
    /** All messages of a partition, in offset order. */
    PARTITION,
    /** No order at all: every message may run beside every other. */
    NONE
}
