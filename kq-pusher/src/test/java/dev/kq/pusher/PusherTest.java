package dev.kq.pusher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.kq.errors.KqException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PusherTest {
    private static final String TOPIC = "payments";

    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final Pusher pusher = on(Pusher.builder(List.of("localhost:9092"), TOPIC));

    private Pusher on(PusherBuilder builder) {
        return new Pusher(builder.settings(), producer, "test", new FixedTopic(1));
    }

    @AfterEach
    void close() {
        pusher.close();
    }

    @Test
    void name_isTheTopic() {
        assertThat(pusher.name()).isEqualTo(TOPIC);
    }

    @Test
    void push_withoutKeySendsANullKey() {
        pusher.push("zhangSan");

        assertThat(sent().key()).isNull();
        assertThat(sent().value()).asString(UTF_8).isEqualTo("zhangSan");
        assertThat(sent().topic()).isEqualTo(TOPIC);
        assertThat(sent().partition()).isNull();
    }

    @Test
    void push_sendsKeyAndValueAsUtf8() {
        pusher.push("clé", "值");

        assertThat(sent().key()).isEqualTo("clé".getBytes(UTF_8));
        assertThat(sent().value()).isEqualTo("值".getBytes(UTF_8));
    }

    @Test
    void push_nullValueIsATombstone() {
        pusher.push("gone", null);

        assertThat(sent().key()).asString(UTF_8).isEqualTo("gone");
        assertThat(sent().value()).isNull();
    }

    @Test
    void push_bytesGoAsTheyAre() {
        pusher.push(new byte[] {1, -2}, new byte[] {-1});

        assertThat(sent().key()).containsExactly(1, -2);
        assertThat(sent().value()).containsExactly(-1);
    }

    @Test
    void push_recordCarriesHeadersPartitionAndTime() {
        pusher.push(PushRecord.builder()
                .key("k")
                .value("v")
                .header("trace", "a")
                .header("trace", "b")
                .header("empty", (String) null)
                .partition(0)
                .timestamp(Instant.ofEpochMilli(1234))
                .build());

        assertThat(sent().headers().toArray())
                .extracting(Header::key, PusherTest::text)
                .containsExactly(tuple("trace", "a"), tuple("trace", "b"), tuple("empty", null));
        assertThat(sent().partition()).isZero();
        assertThat(sent().timestamp()).isEqualTo(1234L);
    }

    @Test
    void push_completesWhenAcknowledged() {
        CompletableFuture<PushResult> first = pusher.push("a");
        CompletableFuture<PushResult> second = pusher.push("b");
        assertThat(first).isNotDone();
        assertThat(pusher.stats()).isEqualTo(new PusherStats(0, 0, 2));

        producer.completeNext();

        assertThat(first.join().topic()).isEqualTo(TOPIC);
        assertThat(first.join().partition()).isZero();
        assertThat(first.join().offset()).isZero();
        assertThat(second).isNotDone();
        assertThat(pusher.stats()).isEqualTo(new PusherStats(1, 0, 1));
        producer.completeNext();
        assertThat(second.join().offset()).isOne();
    }

    @Test
    void push_refusedRecordFailsAloneWithTopicAndReason() {
        CompletableFuture<PushResult> refused = pusher.push("too large");
        CompletableFuture<PushResult> neighbour = pusher.push("fits");

        producer.errorNext(new RecordTooLargeException("9 bytes is too large"));
        producer.completeNext();

        assertThatThrownBy(refused::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(PushException.class)
                .hasMessage("Push to topic payments failed: 9 bytes is too large")
                .hasCauseInstanceOf(RecordTooLargeException.class);
        assertThat(neighbour).isCompleted();
        assertThat(pusher.stats()).isEqualTo(new PusherStats(1, 1, 0));
    }

    @Test
    void push_whatTheProducerThrowsFailsTheFuture() {
        producer.sendException = new KafkaException("the producer has ended");

        CompletableFuture<PushResult> failed = pusher.push("a");

        assertThat(failed).isCompletedExceptionally();
        assertThat(pusher.stats()).isEqualTo(new PusherStats(0, 1, 0));
        producer.sendException = null;
    }

    @Test
    void push_afterCloseFailsAtOnce() {
        pusher.close();

        CompletableFuture<PushResult> late = pusher.push("late");

        assertThat(late).isCompletedExceptionally();
        assertThatThrownBy(late::join).hasMessageContaining("the pusher is closed");
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void push_cancelledFutureIsStillCounted() {
        assertThat(pusher.push("a").cancel(true)).isTrue();

        producer.completeNext();

        assertThat(pusher.stats()).isEqualTo(new PusherStats(1, 0, 0));
    }

    @Test
    void pushSync_returnsWhereTheRecordIs() throws Exception {
        CompletableFuture<PushResult> result =
                CompletableFuture.supplyAsync(() -> pusher.pushSync("k", "v"), task -> new Thread(task).start());
        completeOne();

        assertThat(result.get().offset()).isZero();
    }

    @Test
    void pushSync_throwsTheFailureFromTheCallersOwnStack() {
        producer.sendException = new RecordTooLargeException("too large");

        assertThatThrownBy(() -> pusher.pushSync("k", "v"))
                .isInstanceOf(PushException.class)
                .hasMessage("Push to topic payments failed: too large")
                .hasCause(producer.sendException);
        producer.sendException = null;
    }

    @Test
    void pushSync_whereAFutureCompletesIsRefusedInsteadOfWaitingForItself() throws InterruptedException {
        assertThat(onNetworkThread(() -> pusher.pushSync("a")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("would wait for itself");
        assertThat(onNetworkThread(pusher::flush))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("would wait for itself");
    }

    @Test
    void syncPush_returnsADoneFutureOrThrows() throws InterruptedException {
        Pusher sync = on(Pusher.builder(List.of("localhost:9092"), TOPIC).syncPush(true));
        AtomicReference<@Nullable CompletableFuture<PushResult>> result = new AtomicReference<>();
        Thread caller = new Thread(() -> result.set(sync.push("a")));
        caller.start();
        completeOne();
        caller.join();
        assertThat(result.get()).isCompleted();

        producer.sendException = new RecordTooLargeException("too large");
        assertThatThrownBy(() -> sync.push("b")).isInstanceOf(PushException.class);
        producer.sendException = null;
    }

    @Test
    void flush_endsThePendingRecords() {
        CompletableFuture<PushResult> pushed = pusher.push("a");

        pusher.flush();

        assertThat(pushed).isCompleted();
    }

    @Test
    void flush_afterCloseDoesNothing() {
        pusher.close();
        pusher.flush();
    }

    @Test
    void constructor_saysWhatKafkaRefuses() {
        assertThatThrownBy(() -> new Pusher(List.of("no-such-host.invalid:9092"), TOPIC))
                .isInstanceOf(KqException.class)
                .hasMessageContaining(TOPIC)
                .hasMessageContaining("bootstrap");
    }

    @Test
    void close_refusesANegativeTime() {
        assertThatThrownBy(() -> pusher.close(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-1S");
    }

    private ProducerRecord<byte[], byte[]> sent() {
        assertThat(producer.history()).hasSize(1);
        return producer.history().get(0);
    }

    private void completeOne() {
        while (!producer.completeNext()) {
            Thread.onSpinWait();
        }
    }

    private static @Nullable Throwable onNetworkThread(Runnable task) throws InterruptedException {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(task, "kafka-producer-network-thread | test");
        thread.setUncaughtExceptionHandler((ignored, e) -> thrown.set(e));
        thread.start();
        thread.join();
        return thrown.get();
    }

    private static @Nullable String text(Header header) {
        return header.value() == null ? null : new String(header.value(), UTF_8);
    }
}
