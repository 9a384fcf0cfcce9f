package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.conf.ConfException;
import dev.kq.conf.Connection;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeadLettersTest {
    private final ConsumerRecord<byte[], byte[]> record = Records.record(7, "k");
    private volatile MockProducer<byte[], byte[]> producer = newProducer();
    private final Deque<RuntimeException> cannotBeMade = new ArrayDeque<>();
    private final AtomicInteger made = new AtomicInteger();
    private final QueueHealth health = new QueueHealth("q");
    private final QueueCounters counters = new QueueCounters();
    private final AtomicBoolean held = new AtomicBoolean(true);
    private final AtomicInteger done = new AtomicInteger();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("test-timer-"), failure -> {});
    private final DeadLetters letters = new DeadLetters(
            "dead",
            Connection.builder().brokers("a:1").build(),
            new DeadLetterHeaders("g", false),
            this::make,
            WorkerThreads.platform("test-dead-letters-"),
            timer,
            health,
            counters,
            Surroundings.REAL);

    @AfterEach
    void stop() {
        letters.stop();
        timer.stop();
    }

    @Test
    void I8_letter_isDoneWhenItIsAcknowledged_notWhenItIsSent() {
        write();
        awaitSent(1);
        assertThat(done).hasValue(0);
        assertThat(counters.deadLettered.sum()).isZero();

        producer.completeNext();
        assertThat(done).hasValue(1);
        assertThat(counters.deadLettered.sum()).isEqualTo(1);
        ProducerRecord<byte[], byte[]> letter = producer.history().get(0);
        assertThat(letter.topic()).isEqualTo("dead");
        assertThat(letter.key()).isSameAs(record.key());
        assertThat(letter.value()).isSameAs(record.value());
        assertThat(letter.timestamp()).isEqualTo(record.timestamp());
    }

    @Test
    void refusedLetter_isTriedAgain_andTheHealthSaysSo_untilItIsTaken() {
        write();
        awaitSent(1);
        producer.errorNext(new TopicAuthorizationException("dead"));
        assertThat(health.health(true, null).reasons())
                .singleElement()
                .asString()
                .startsWith("dead letters cannot be written: dead: ");
        assertThat(done).hasValue(0);

        awaitSent(2);
        producer.completeNext();
        assertThat(done).hasValue(1);
        assertThat(health.health(true, null).status()).isEqualTo(Health.Status.UP);
    }

    static List<RuntimeException> whatIsAway() {
        return List.of(
                new KafkaException("no resolvable bootstrap urls"),
                new ConfException(List.of(new ConfException.Problem(null, 0, "Tls.CertFile", "no such file"))));
    }

    @ParameterizedTest
    @MethodSource("whatIsAway")
    void producerThatCannotBeMade_isMadeAgain(RuntimeException failure) {
        cannotBeMade.add(failure);
        write();
        awaitSent(1);
        assertThat(made).hasValue(2);
        assertThat(health.health(true, null).status()).isEqualTo(Health.Status.DEGRADED);
        producer.completeNext();
        assertThat(health.health(true, null).status()).isEqualTo(Health.Status.UP);
    }

    /** The first one was refused and is closed. */
    @Test
    void refusedProducer_isReplaced_alsoWhenThatFailsAtFirst() {
        write();
        awaitSent(1);
        MockProducer<byte[], byte[]> refused = producer;
        producer = newProducer();
        cannotBeMade.add(new KafkaException("no resolvable bootstrap urls"));
        refused.errorNext(new SaslAuthenticationException("wrong password"));

        awaitSent(1);
        assertThat(refused.closed()).isTrue();
        assertThat(made).hasValue(3);
        producer.completeNext();
        assertThat(done).hasValue(1);
    }

    @Test
    void letterOfARecordThatIsNotHeldAnyMore_isNotTriedAgain() {
        write();
        awaitSent(1);
        held.set(false); // revoked: another member gets it, and writes its own letter if it must
        producer.errorNext(new TopicAuthorizationException("dead"));
        ConsumerRecord<byte[], byte[]> next = Records.record(8, "other");
        letters.write(next, 1, new Exception("x"), "failed", () -> true, done::incrementAndGet);
        Eventually.await(
                "the letter after it",
                () -> producer.history().stream().anyMatch(letter -> Arrays.equals(letter.value(), next.value())));
        producer.completeNext();
        assertThat(producer.history()).hasSize(2);
        assertThat(done).hasValue(1);
    }

    @Test
    void stop_closesTheProducer_andTakesNothingMore() {
        write();
        awaitSent(1);
        letters.stop();
        Eventually.await("closed", producer::closed);
        write();
        assertThat(producer.history()).hasSize(1);
        assertThat(done).hasValue(0);
    }

    @Test
    void control_letterIsDoneWhenItIsSent() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "DeadLetters.java",
                        "var unused = p.send(",
                        "letter.done.run();\n            var unused = p.send("),
                DeadLettersTest.class,
                "I8_letter_isDoneWhenItIsAcknowledged_notWhenItIsSent");
    }

    @Test
    void control_refusedProducerIsKeptUntilThereIsAnother() throws Exception {
        Broken.assertCaught(
                Mutant.of("DeadLetters.java", "producer = null; // also if no new one can be made now", ""),
                DeadLettersTest.class,
                "refusedProducer_isReplaced_alsoWhenThatFailsAtFirst");
    }

    private static MockProducer<byte[], byte[]> newProducer() {
        return new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Producer<byte[], byte[]> make() {
        made.incrementAndGet();
        RuntimeException failure = cannotBeMade.poll();
        if (failure != null) {
            throw failure;
        }
        return producer;
    }

    private void write() {
        letters.write(record, 3, new Exception("x"), "failed", held::get, done::incrementAndGet);
    }

    private void awaitSent(int count) {
        Eventually.await(count + " sent", () -> producer.history().size() == count);
    }
}
