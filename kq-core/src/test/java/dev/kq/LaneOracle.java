package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What {@link Lanes} should do, in the simplest way that can be thought of: lists that are searched from the front. */
final class LaneOracle {
    private final Ordering ordering;
    private final List<ConsumerRecord<byte[], byte[]>> waiting = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> running = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> parked = new ArrayList<>();

    LaneOracle(Ordering ordering) {
        this.ordering = ordering;
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
        waiting.add(record);
    }

    boolean hasRunnable() {
        return waiting.stream().anyMatch(this::mayStart);
    }

    void start(ConsumerRecord<byte[], byte[]> record) {
        assertThat(mayStart(record)).as("%d may start", record.offset()).isTrue();
        assertThat(waiting.remove(record)).isTrue();
        running.add(record);
    }

    /** One that is chained behind a running one runs together with it. */
    void startToo(ConsumerRecord<byte[], byte[]> record) {
        assertThat(waiting.remove(record)).isTrue();
        running.add(record);
    }

    /** A running one waits again, where it was. */
    void giveBack(ConsumerRecord<byte[], byte[]> record) {
        assertThat(running.remove(record)).isTrue();
        waitAgain(record);
    }

    void finishParked(ConsumerRecord<byte[], byte[]> record) {
        assertThat(parked.remove(record)).isTrue();
    }

    void finish(ConsumerRecord<byte[], byte[]> record) {
        assertThat(running.remove(record)).isTrue();
    }

    void park(ConsumerRecord<byte[], byte[]> record) {
        assertThat(running.remove(record)).isTrue();
        parked.add(record);
    }

    void unpark(ConsumerRecord<byte[], byte[]> record) {
        assertThat(parked.remove(record)).isTrue();
        waitAgain(record);
    }

    private void waitAgain(ConsumerRecord<byte[], byte[]> record) {
        waiting.add(0, record);
        waiting.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    }

    /** Returns how many were dropped. */
    int dropWaiting() {
        int dropped = waiting.size() + parked.size();
        waiting.clear();
        parked.clear();
        return dropped;
    }

    /** Those that wait behind nothing that runs or is parked. */
    long available() {
        return waiting.stream()
                .filter(record ->
                        Stream.concat(running.stream(), parked.stream()).noneMatch(r -> sameLane(r, record)))
                .count();
    }

    /** How many different lanes there are, of those that must keep an order. */
    long ordered() {
        return all().filter(this::ordered)
                .map(record -> ordering == Ordering.PARTITION ? "" : ByteBuffer.wrap(record.key()))
                .distinct()
                .count();
    }

    long bytes() {
        return all().mapToLong(record -> FlowControl.RECORD_OVERHEAD
                        + (record.key() == null ? 0 : record.key().length)
                        + record.value().length)
                .sum();
    }

    private Stream<ConsumerRecord<byte[], byte[]>> all() {
        return Stream.of(waiting, running, parked).flatMap(List::stream);
    }

    int size() {
        return waiting.size() + running.size() + parked.size();
    }

    private boolean mayStart(ConsumerRecord<byte[], byte[]> record) {
        if (!ordered(record)) {
            return true;
        }
        return running.stream().noneMatch(r -> sameLane(r, record))
                && parked.stream().noneMatch(r -> sameLane(r, record))
                && waiting.stream().noneMatch(r -> r.offset() < record.offset() && sameLane(r, record));
    }

    private boolean ordered(ConsumerRecord<byte[], byte[]> record) {
        return ordering == Ordering.PARTITION || (ordering == Ordering.KEY && record.key() != null);
    }

    private boolean sameLane(ConsumerRecord<byte[], byte[]> a, ConsumerRecord<byte[], byte[]> b) {
        if (!ordered(a) || !ordered(b)) {
            return false;
        }
        return ordering == Ordering.PARTITION || ByteBuffer.wrap(a.key()).equals(ByteBuffer.wrap(b.key()));
    }
}
