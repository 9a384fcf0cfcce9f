package dev.kq.pusher;

import dev.kq.pusher.PusherSettings.NewTopicShape;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Lets a record pass if its topic is there and can take it. The producer alone would wait {@code max.block.ms} for a
 * topic that does not exist. The first pushing thread has the brokers asked, by a thread that lives for this question;
 * the others wait for the same answer. From then on a push reads one field.
 *
 * <pre>
 *          a push: ask           found
 *  UNKNOWN ───────────▶ ASKING ─────────▶ KNOWN
 *     ▲                   │                 │ the topic was deleted, or refuses a record
 *     │    a second later │ missing, failed │
 *     └───────────────────┴─────────────────┘
 * </pre>
 */
final class TopicCheck {
    /** How long a missing topic is asked for again: one that was just created is not known to every broker yet. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How long an answer that refuses a record is taken as it is, so that a burst does not ask once per record. */
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The least time for an answer, however short a push may block: the next push then has it. */
    private static final Duration LEAST_TIME = Duration.ofSeconds(5);

    private final String topic;
    private final TopicLookup lookup;
    private final @Nullable NewTopicShape newTopic;
    private final Duration maxBlock;
    private final AtomicReference<@Nullable Question> last = new AtomicReference<>();

    TopicCheck(String topic, TopicLookup lookup, @Nullable NewTopicShape newTopic, Duration maxBlock) {
        this.topic = topic;
        this.lookup = lookup;
        this.newTopic = newTopic;
        this.maxBlock = maxBlock;
    }

    /**
     * Returns if the record may go to the producer.
     *
     * @throws KafkaException if the topic is missing, cannot take the record, or no broker says so within maxBlock
     */
    void pass(ProducerRecord<byte[], byte[]> record) {
        Question question = last.get();
        TopicFacts facts = question == null ? null : question.facts;
        if (facts == null) {
            question = ask(question);
            facts = answer(question);
        }
        ApiException refusal = facts.refusal(record);
        if (refusal != null && question != null && question.isOld()) {
            facts = answer(ask(question));
            refusal = facts.refusal(record);
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /** What is known is no longer true: the next push has the brokers asked. */
    void forget() {
        last.set(null);
    }

    /** Gives up a question that is still open. */
    void close() {
        Question question = last.get();
        if (question != null) {
            question.interrupt();
        }
    }

    private Question ask(@Nullable Question earlier) {
        if (earlier != null && !earlier.isOld()) {
            return earlier;
        }
        // Records that are fine go on meanwhile: the brokers may be away.
        Question fresh = new Question(earlier == null ? null : earlier.facts);
        if (last.compareAndSet(earlier, fresh)) {
            try {
                fresh.start();
            } catch (Throwable t) { // no memory for a thread: the next push tries again
                fresh.fail(t);
                last.compareAndSet(fresh, null);
                throw t;
            }
            return fresh;
        }
        Question others = last.get();
        return others == null ? ask(null) : others;
    }

    private TopicFacts answer(Question question) {
        try {
            return question.answer.get(maxBlock.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException reason ? reason : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw noAnswer(maxBlock, e);
        }
    }

    private static TimeoutException noAnswer(Duration time, Throwable cause) {
        return new TimeoutException(
                "no broker answered within " + time.toMillis() + " ms whether the topic exists", cause);
    }

    /** One asking of the brokers, shared by every push that came meanwhile. */
    private final class Question extends Thread {
        final CompletableFuture<TopicFacts> answer = new CompletableFuture<>();
        /** What was known before, then what this thread finds before the answer is complete; read by every push. */
        volatile @Nullable TopicFacts facts;
        /** Written once, before the answer is complete. */
        private volatile long answeredAt;

        Question(@Nullable TopicFacts known) {
            super("kq-pusher-" + topic + "-check");
            setDaemon(true);
            facts = known;
        }

        boolean isOld() {
            return answer.isDone() && System.nanoTime() - answeredAt > REMEMBERED_NANOS;
        }

        @Override
        public void run() {
            Duration time = maxBlock.compareTo(LEAST_TIME) < 0 ? LEAST_TIME : maxBlock;
            try {
                TopicFacts found = find(time);
                answeredAt = System.nanoTime();
                facts = found;
                answer.complete(found);
            } catch (TimeoutException e) {
                fail(noAnswer(time, e));
            } catch (UnknownTopicOrPartitionException e) {
                facts = null;
                fail(e);
            } catch (Throwable t) { // an Error too, or those who wait for this answer would wait for ever
                fail(t);
            }
        }

        private void fail(Throwable reason) {
            answeredAt = System.nanoTime();
            answer.completeExceptionally(reason);
        }

        private TopicFacts find(Duration time) {
            long now = System.nanoTime();
            long deadline = now + time.toNanos();
            long graceEnds = now + GRACE_NANOS;
            boolean mayCreate = newTopic != null;
            while (true) {
                TopicFacts found = lookup.find(Duration.ofNanos(deadline - now));
                if (found != null) {
                    return found;
                }
                now = System.nanoTime();
                if (mayCreate && newTopic != null) {
                    lookup.create(newTopic, Duration.ofNanos(deadline - now));
                    mayCreate = false;
                    // It exists now; wait as long as allowed until the brokers have all heard of it.
                    graceEnds = deadline;
                    continue;
                }
                if (now - graceEnds >= 0) {
                    throw new UnknownTopicOrPartitionException("the topic does not exist");
                }
                LockSupport.parkNanos(this, ASK_AGAIN_NANOS);
                if (isInterrupted()) {
                    throw new KafkaException("the pusher was closed before a broker answered whether the topic exists");
                }
                now = System.nanoTime();
            }
        }
    }
}
