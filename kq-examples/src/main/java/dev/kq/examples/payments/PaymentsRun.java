package dev.kq.examples.payments;

import dev.kq.Message;
import dev.kq.MessageHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.header.Header;

/**
 * The handler of one run, and the books it keeps: totals, latencies, and which messages it has seen.
 *
 * <p>Delivery is at least once: after a rebalance a message may come again. Partition and offset say so, and it is not
 * added a second time. Each run marks its messages with a header, so that what an earlier run left in the topic is
 * handled but not taken for its own. Thread-safe.
 */
final class PaymentsRun implements MessageHandler {
    /** The header that says which run pushed a message. */
    static final String HEADER = "run";

    private final String id = UUID.randomUUID().toString();
    private final byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
    private final PaymentTotals totals = new PaymentTotals();
    private final HandledOffsets seen = new HandledOffsets();
    private final LatencyHistogram latencies = new LatencyHistogram();
    private final HandledFile file;
    private final LongAdder own = new LongAdder();
    private final LongAdder others = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final AtomicLong lastHandled = new AtomicLong();

    PaymentsRun(HandledFile file) {
        this.file = file;
    }

    @Override
    public void handle(Message message) throws IOException {
        file.add(message.partition(), message.offset());
        if (seen.contains(message.partition(), message.offset())) {
            repeated.increment();
            return;
        }
        boolean mine = isOwn(message);
        if (mine) {
            totals.consume(message.key(), message.value());
            latencies.add(System.currentTimeMillis() - message.timestamp());
            lastHandled.accumulateAndGet(System.nanoTime(), Math::max);
        }
        seen.add(message.partition(), message.offset());
        (mine ? own : others).increment();
    }

    private boolean isOwn(Message message) {
        Header header = message.headers().lastHeader(HEADER);
        return header != null && Arrays.equals(header.value(), idBytes);
    }

    String id() {
        return id;
    }

    PaymentTotals totals() {
        return totals;
    }

    LatencyHistogram latencies() {
        return latencies;
    }

    /** Messages that this run pushed, each counted once. */
    long own() {
        return own.sum();
    }

    /** Messages that earlier runs, or somebody else, left in the topic. */
    long others() {
        return others.sum();
    }

    /** Messages that came again. */
    long repeated() {
        return repeated.sum();
    }

    /** When the last of the own messages was handled, {@link System#nanoTime()}. */
    long lastHandled() {
        return lastHandled.get();
    }
}
