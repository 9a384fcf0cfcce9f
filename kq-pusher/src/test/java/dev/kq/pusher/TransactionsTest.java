package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TransactionsTest {
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final Pusher pusher = new Pusher(
            Pusher.builder(List.of("localhost:9092"), "t")
                    .transactionalId("payments-1")
                    .settings(),
            producer,
            "test",
            new FixedTopic(1));

    @Test
    void inTransaction_commitsWhatTheBodyPushed() {
        pusher.inTransaction(tx -> {
            tx.push("a");
            tx.push("k", "b");
        });
        pusher.inTransaction(tx -> tx.push("c"));

        assertThat(producer.history()).hasSize(3);
        assertThat(producer.commitCount()).isEqualTo(2);
    }

    @Test
    void inTransaction_exceptionOfTheBodyRollsBackAndReachesTheCallerAsItIs() {
        IOException failure = new IOException("disk");

        assertThatThrownBy(() -> pusher.inTransaction(tx -> {
                    tx.push("a");
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(producer.transactionAborted()).isTrue();
        assertThat(producer.history()).isEmpty();
        pusher.inTransaction(tx -> tx.push("b"));
        assertThat(producer.commitCount()).isOne();
    }

    @Test
    void inTransaction_oneFailedRecordRollsBackAll() {
        assertThatThrownBy(() -> pusher.inTransaction(tx -> {
                    tx.push("a");
                    producer.sendException = new RecordTooLargeException("9 bytes is too large");
                    tx.push("b");
                    producer.sendException = null;
                }))
                .isInstanceOf(PushException.class)
                .hasMessage("Push to topic t failed: the transaction was rolled back: 9 bytes is too large");

        assertThat(producer.transactionAborted()).isTrue();
        assertThat(pusher.stats().failed()).isOne();
    }

    @Test
    void inTransaction_failedCommitRollsBack() {
        producer.commitTransactionException = new KafkaException("disk full");

        assertThatThrownBy(() -> pusher.inTransaction(tx -> tx.push("a")))
                .isInstanceOf(PushException.class)
                .hasMessageContaining("rolled back: disk full");

        assertThat(producer.transactionAborted()).isTrue();
    }

    @Test
    void inTransaction_commitWithoutAnAnswerIsRepeated() {
        producer.injectTimeoutException(2);

        pusher.inTransaction(tx -> tx.push("a"));

        assertThat(producer.commitCount()).isOne();
    }

    @Test
    void inTransaction_fencedPusherSaysSoFromThenOn() {
        pusher.inTransaction(tx -> tx.push("a"));
        producer.fenceProducer();

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> pusher.inTransaction(tx -> tx.push("b")))
                    .isInstanceOf(PushException.class)
                    .hasMessageContaining("another pusher with the transactional id payments-1 has taken over")
                    .hasCauseInstanceOf(ProducerFencedException.class);
        }
    }

    @Test
    void inTransaction_transactionIsOfNoUseAfterwards() {
        AtomicReference<@Nullable Transaction> kept = new AtomicReference<>();
        pusher.inTransaction(kept::set);

        assertThatThrownBy(() -> {
                    Transaction tx = kept.get();
                    if (tx != null) {
                        tx.push("late");
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("over");
    }

    @Test
    void inTransaction_insideAnotherIsRefused() {
        assertThatThrownBy(() -> pusher.inTransaction(tx -> pusher.inTransaction(inner -> inner.push("a"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside a transaction");
    }

    @Test
    void inTransaction_waitsForItsTurnNoLongerThanMaxBlock() throws InterruptedException {
        Pusher pusher = new Pusher(
                Pusher.builder(List.of("localhost:9092"), "t")
                        .transactionalId("payments-1")
                        .maxBlock(Duration.ofSeconds(1))
                        .settings(),
                producer,
                "test",
                new FixedTopic(1));
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread first = new Thread(() -> pusher.inTransaction(tx -> {
            inside.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }));
        first.start();
        inside.await();

        assertThatThrownBy(() -> pusher.inTransaction(tx -> tx.push("a")))
                .isInstanceOf(PushException.class)
                .hasMessageContaining("maxBlock");

        end.countDown();
        first.join();
        pusher.inTransaction(tx -> tx.push("b"));
    }

    @Test
    void push_outsideATransactionIsRefused() {
        assertThatThrownBy(() -> pusher.push("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inTransaction");
        assertThatThrownBy(() -> pusher.pushSync("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pusher.pushAll(List.of(PushRecord.of("a")))).isInstanceOf(IllegalStateException.class);
    }
}
