package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.TopicPartition;

/**
 * What the handlers of all queues of a test did: which offsets were finished, and each breach of a key's order or of
 * its single flight inside one queue. The values of each key must count up from 0. Thread-safe.
 */
final class HandledLog {
    private final Map<TopicPartition, Set<Long>> handled = new ConcurrentHashMap<>();
    private final Set<String> flying = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> finishedUpTo = new ConcurrentHashMap<>();
    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();

    /** Wraps a handler of one queue. */
    MessageHandler watch(String queue, MessageHandler handler) {
        return message -> {
            String lane = queue + "/" + message.partition() + "/" + message.key();
            if (!flying.add(lane)) {
                breaches.add("overlap of " + lane + " at " + message.offset());
            }
            inOrder(lane, message);
            try {
                handler.handle(message);
                handled.computeIfAbsent(partition(message), tp -> ConcurrentHashMap.newKeySet())
                        .add(message.offset());
                finishedUpTo.merge(
                        message.partition() + "/" + message.key(),
                        Long.parseLong(String.valueOf(message.value())),
                        Math::max);
            } finally {
                flying.remove(lane);
            }
        };
    }

    /** Wraps a handler whose records have no order to keep. */
    MessageHandler count(MessageHandler handler) {
        return message -> {
            handler.handle(message);
            handled.computeIfAbsent(partition(message), tp -> ConcurrentHashMap.newKeySet())
                    .add(message.offset());
        };
    }

    /** Values count up by one for each key: a value may repeat, but never leave one out that was not finished. */
    private void inOrder(String lane, Message message) {
        String key = message.partition() + "/" + message.key();
        long value = Long.parseLong(String.valueOf(message.value()));
        long upTo = finishedUpTo.getOrDefault(key, -1L);
        if (value > upTo + 1) {
            breaches.add("order of " + lane + ": value " + value + " begun when " + upTo + " was the last finished");
        }
    }

    long handled() {
        return handled.values().stream().mapToLong(Set::size).sum();
    }

    void assertNoBreach() {
        assertThat(breaches).isEmpty();
    }

    private static TopicPartition partition(Message message) {
        return new TopicPartition(message.topic(), message.partition());
    }
}
