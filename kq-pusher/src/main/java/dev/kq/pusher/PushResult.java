package dev.kq.pusher;

/**
 * Where an acknowledged record is. Every in-sync replica of the partition has it.
 *
 * @param topic the topic it was pushed to; never null
 * @param partition the partition, from 0
 * @param offset its offset in the partition, from 0; {@code -1} if the broker found a retried record already written
 *     and no longer knows where
 * @param timestamp milliseconds since the epoch: the record's own time, or the broker's if the topic uses
 *     {@code LogAppendTime}
 */
public record PushResult(String topic, int partition, long offset, long timestamp) {}
