package dev.kq;

import dev.kq.conf.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Writes records to the dead-letter topic and reports each as done when the broker acknowledged it. A write that fails
 * is tried again with a growing wait, for as long as the record is held; meanwhile its lane waits and the offset stays.
 *
 * <p>One thread of its own makes the producer and sends, because both may block while the broker or the topic is away.
 * {@link #write} may be called by every worker.
 */
final class DeadLetters {
    private static final long FIRST_WAIT_NANOS = Duration.ofMillis(200).toNanos();
    private static final long LONGEST_WAIT_NANOS = Duration.ofSeconds(10).toNanos();
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final String topic;
    private final Connection connection;
    private final DeadLetterHeaders headers;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private final QueueTimer timer;
    private final QueueHealth health;
    private final QueueCounters counters;
    private final Surroundings surroundings;
    private final ExecutorService writer;

    /** Made with the first dead letter. Confined to the writer's thread until the stop. */
    private @Nullable Producer<byte[], byte[]> producer;

    /**
     * A broker refused the producer, or let it wait, before it acknowledged anything. A new one has to take its place:
     * an idempotent producer whose request for an id met a refusal never asks again. Set by the producer's thread too.
     */
    private volatile boolean refused;

    /** What is to be called for those that wait for another try. */
    private final Set<Runnable> refusedLetters = ConcurrentHashMap.newKeySet();

    /** The producer has written a letter. Set by its thread. */
    private volatile boolean proven;

    DeadLetters(
            String topic,
            Connection connection,
            DeadLetterHeaders headers,
            Supplier<Producer<byte[], byte[]>> producers,
            ThreadFactory threads,
            QueueTimer timer,
            QueueHealth health,
            QueueCounters counters,
            Surroundings surroundings) {
        this.topic = topic;
        this.connection = connection;
        this.headers = headers;
        this.producers = producers;
        this.timer = timer;
        this.health = health;
        this.counters = counters;
        this.surroundings = surroundings;
        this.writer = surroundings.writer(threads);
    }

    /**
     * Begins to write a record whose lane is parked.
     *
     * @param held whether the record is still held; one that was dropped is delivered again and not worth writing
     * @param done is called when the dead letter is acknowledged
     */
    void write(
            ConsumerRecord<byte[], byte[]> record,
            int attempts,
            Exception failure,
            String reason,
            BooleanSupplier held,
            Runnable done) {
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(
                topic,
                null,
                record.timestamp() < 0 ? null : record.timestamp(),
                record.key(),
                record.value(),
                headers.of(record, attempts, failure, reason, surroundings.instant()));
        enqueue(new Letter(letter, held, done), FIRST_WAIT_NANOS);
    }

    /** Ends the writer; dead letters that are not acknowledged by then belong to records that were not committed. */
    void stop() {
        writer.execute(() -> {
            if (producer != null) {
                producer.close(CLOSE_TIMEOUT);
            }
        });
        writer.shutdown();
    }

    private record Letter(ProducerRecord<byte[], byte[]> record, BooleanSupplier held, Runnable done) {}

    private void enqueue(Letter letter, long nextWait) {
        writer.execute(() -> send(letter, nextWait));
    }

    private void send(Letter letter, long nextWait) {
        if (!letter.held.getAsBoolean()) {
            if (refusedLetters.remove(letter.done) && refusedLetters.isEmpty()) {
                health.clear(QueueHealth.Trouble.DEAD_LETTERS_REFUSED, 0); // whoever has the record now finds out anew
            }
            return;
        }
        try {
            Producer<byte[], byte[]> p = producer;
            if (p != null && refused) {
                producer = null; // also if no new one can be made now
                p.close(Duration.ZERO);
                p = null;
            }
            if (p == null) {
                refused = false;
                p = producers.get();
                producer = p;
            }
            var unused = p.send(letter.record, (metadata, failure) -> {
                if (failure == null) {
                    proven = true;
                    refusedLetters.remove(letter.done);
                    health.clear(QueueHealth.Trouble.DEAD_LETTERS_REFUSED, 0);
                    counters.deadLettered.increment();
                    letter.done.run();
                } else {
                    tryLater(letter, nextWait, failure);
                }
            });
        } catch (RuntimeException e) { // such as a key file that is being replaced: whatever it is, the letter stays
            tryLater(letter, nextWait, e);
        }
    }

    private void tryLater(Letter letter, long wait, Exception failure) {
        if (!proven && (failure instanceof AuthenticationException || failure instanceof TimeoutException)) {
            refused = true;
        }
        refusedLetters.add(letter.done);
        String words = connection.explain(failure);
        health.report(
                QueueHealth.Trouble.DEAD_LETTERS_REFUSED,
                0,
                topic + ": " + (words == null ? BrokerWatch.rootMessage(failure) : words));
        timer.after(wait, () -> enqueue(letter, Math.min(2 * wait, LONGEST_WAIT_NANOS)));
    }
}
