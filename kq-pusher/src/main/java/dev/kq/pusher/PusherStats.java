package dev.kq.pusher;

/**
 * What became of the records given to a {@link Pusher} so far. The numbers are read one after the other while pushes go
 * on, so they fit together exactly only when nobody pushes.
 *
 * @param delivered records acknowledged by the brokers
 * @param failed records that failed for any reason, also those refused before they were sent
 * @param pending records neither acknowledged nor failed yet
 */
public record PusherStats(long delivered, long failed, long pending) {}
