package dev.kq;

/**
 * Where a group starts in a partition that it has no committed offset for. Where the committed offset no longer exists,
 * because the broker deleted what was behind it or the topic was created anew, the group goes on at the oldest message
 * there is, whatever this says. Default: {@link #LAST}. In place of Kafka's {@code auto.offset.reset}, which is
 * {@code earliest} here; kq: {@code Offset}.
 */
public enum StartOffset {
    /** At the oldest message that the broker still has. */
    FIRST,
    /**
     * At the first message that was pushed after the start of the queue: by the message's timestamp and the clock here.
     */
    LAST
}
