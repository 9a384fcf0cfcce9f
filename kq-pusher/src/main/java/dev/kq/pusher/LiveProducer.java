package dev.kq.pusher;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the producer of a pusher, and puts a new one in its place if a broker refused it before its first record: an
 * idempotent producer whose request for an id met a refusal never asks again, and its records would wait in vain.
 *
 * <p>Thread-safe; after the first record a push reads two fields.
 */
final class LiveProducer {
    private final @Nullable Supplier<Producer<byte[], byte[]>> another;
    /** Written under the lock, once, before {@link #settled}. */
    private volatile Producer<byte[], byte[]> current;
    /** Written under the lock: there was a record, or the end. */
    private volatile boolean settled;
    /** The current one is to be replaced. Guarded by the lock. */
    private boolean refused;

    /** @param another makes a new one; null if the producer must stay */
    LiveProducer(Producer<byte[], byte[]> first, @Nullable Supplier<Producer<byte[], byte[]>> another) {
        this.current = first;
        this.another = another;
    }

    /** The producer for a record that may go to its topic now. */
    Producer<byte[], byte[]> forRecord() {
        if (!settled) {
            settle();
        }
        return current;
    }

    /** The producer to flush; there may have been no record yet. */
    Producer<byte[], byte[]> now() {
        return current;
    }

    /** The producer to close; there is none after it. */
    synchronized Producer<byte[], byte[]> last() {
        settled = true;
        return current;
    }

    private synchronized void settle() {
        if (!settled && another != null && (refused || lostConnections(current))) {
            refused = true; // a closed one does not know it any more, if no other can be made now
            current.close(Duration.ZERO); // first, for it takes what both show by JMX with it
            current = another.get();
        }
        settled = true;
    }

    /** More than refusals, but with TLS 1.3 the broker refuses a client certificate after the connection was made. */
    private static boolean lostConnections(Producer<?, ?> producer) {
        return producer.metrics().entrySet().stream()
                .anyMatch(entry -> entry.getKey().name().equals("connection-close-total")
                        && entry.getKey().group().equals("producer-metrics")
                        && entry.getValue().metricValue() instanceof Double count
                        && count > 0);
    }
}
