package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClosingTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final GatedProducer producer = new GatedProducer();
    private final Pusher pusher =
            new Pusher(Pusher.builder(List.of("localhost:9092"), "t").settings(), producer, "test", new FixedTopic(1));

    @Test
    void close_reportsEveryRecordOnce() {
        CompletableFuture<PushResult> delivered = pusher.push("a");
        CompletableFuture<PushResult> failed = pusher.push("b");
        CompletableFuture<PushResult> left = pusher.push("c");
        producer.completeNext();
        producer.errorNext(new TimeoutException("out of time"));

        CloseReport report = pusher.close(LONG);

        assertThat(report).isEqualTo(new CloseReport(1, 1, 1));
        assertThat(report.complete()).isFalse();
        assertThat(delivered).isCompleted();
        assertThat(failed).isCompletedExceptionally();
        assertThat(left).isNotNull();
    }

    @Test
    void close_twiceReturnsTheSameReport() {
        CloseReport first = pusher.close(LONG);

        assertThat(pusher.close(LONG)).isEqualTo(first);
        assertThat(producer.closes).hasValue(1);
    }

    @Test
    void close_byManyThreadsClosesOnceAndAllSeeTheReport() throws Exception {
        List<CompletableFuture<CloseReport>> reports = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            reports.add(CompletableFuture.supplyAsync(() -> pusher.close(LONG), task -> new Thread(task).start()));
        }
        for (CompletableFuture<CloseReport> report : reports) {
            assertThat(report.get()).isEqualTo(new CloseReport(0, 0, 0));
        }
        assertThat(producer.closes).hasValue(1);
    }

    @Test
    void close_waitsForAPushThatHasBegun() throws Exception {
        producer.holdSends();
        Thread push = new Thread(() -> pusher.push("a"));
        push.start();
        producer.sendBegun.await();
        CompletableFuture<CloseReport> close =
                CompletableFuture.supplyAsync(() -> pusher.close(LONG), task -> new Thread(task).start());
        while (!pusher.closed()) {
            Thread.onSpinWait();
        }
        assertThat(producer.closes).hasValue(0);

        producer.releaseSends();

        push.join();
        close.get();
        assertThat(producer.closes).hasValue(1);
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void close_takesTheLongestTimeThereIs() {
        pusher.push("a");
        producer.completeNext();

        assertThat(pusher.close(Duration.ofMillis(Long.MAX_VALUE))).isEqualTo(new CloseReport(1, 0, 0));
    }

    @Test
    void close_doesNotWaitLongerThanTold() throws Exception {
        producer.holdSends();
        Thread push = new Thread(() -> pusher.push("a"));
        push.start();
        producer.sendBegun.await();

        assertThat(pusher.close(Duration.ofMillis(20)).undelivered()).isOne();

        producer.releaseSends();
        push.join();
    }

    @Test
    void close_whereAFutureCompletesReturnsAtOnceAndClosesBehind() throws Exception {
        Thread network = new Thread(() -> pusher.close(LONG), "kafka-producer-network-thread | test");
        network.start();
        network.join();

        assertThat(pusher.close(LONG)).isEqualTo(new CloseReport(0, 0, 0));
        assertThat(producer.closes).hasValue(1);
    }

    @Test
    void close_keepsAnInterruptFromBeforeAndStillCloses() {
        Thread.currentThread().interrupt();

        CloseReport report = pusher.close(LONG);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(report.complete()).isTrue();
        assertThat(producer.closedWhileInterrupted).isFalse();
    }

    /** A producer whose send can be held, and that counts its closes. */
    private static final class GatedProducer extends MockProducer<byte[], byte[]> {
        final AtomicInteger closes = new AtomicInteger();
        final CountDownLatch sendBegun = new CountDownLatch(1);
        volatile boolean closedWhileInterrupted;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        GatedProducer() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        void holdSends() {
            gate = new CountDownLatch(1);
        }

        void releaseSends() {
            gate.countDown();
        }

        // Not synchronized as in the superclass: a held send must not hold the mock's lock.
        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            sendBegun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return super.send(record, callback);
        }

        @Override
        public void close(Duration timeout) {
            closes.incrementAndGet();
            closedWhileInterrupted = Thread.currentThread().isInterrupted();
            super.close(timeout);
        }
    }
}
