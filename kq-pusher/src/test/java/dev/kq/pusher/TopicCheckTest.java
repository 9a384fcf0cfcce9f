package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.pusher.PusherSettings.NewTopicShape;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TopicCheckTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FakeTopic topic = new FakeTopic();
    private final TopicCheck check = new TopicCheck("t", topic, null, LONG);

    @Test
    void pass_asksOnceForManyRecords() {
        topic.facts = TopicFacts.unlimited(3);

        for (int i = 0; i < 1000; i++) {
            check.pass(record(null));
        }

        assertThat(topic.asked).hasValue(1);
    }

    @Test
    void pass_missingTopicFailsWithinSecondsAndIsRememberedForABurst() {
        assertThatThrownBy(() -> check.pass(record(null))).isInstanceOf(UnknownTopicOrPartitionException.class);
        int asked = topic.asked.get();

        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> check.pass(record(null))).isInstanceOf(UnknownTopicOrPartitionException.class);
        }

        assertThat(topic.asked.get()).isEqualTo(asked);
    }

    @Test
    void pass_topicThatAppearsWithinTheGraceIsFound() {
        topic.appearsAtQuestion = 3;

        check.pass(record(null));

        assertThat(topic.asked).hasValue(3);
    }

    @Test
    void pass_createsAMissingTopicOnceIfAllowed() {
        topic.appearsAtQuestion = 4;
        TopicCheck creating = new TopicCheck("t", topic, new NewTopicShape(3, (short) 1), LONG);

        creating.pass(record(null));

        assertThat(topic.created).hasValue(1);
    }

    @Test
    void pass_partitionBeyondTheTopicIsRefused() {
        topic.facts = TopicFacts.unlimited(3);

        check.pass(record(2));

        assertThatThrownBy(() -> check.pass(record(3)))
                .isInstanceOf(InvalidRecordException.class)
                .hasMessageContaining("partition 3")
                .hasMessageContaining("has 3");
    }

    @Test
    void pass_failureToAskReachesThePush() {
        topic.failure = new KafkaException("wrong password");

        assertThatThrownBy(() -> check.pass(record(null))).isSameAs(topic.failure);
    }

    @Test
    void pass_waitsNoLongerThanMaxBlockAndLaterPushesGetTheAnswer() throws InterruptedException {
        TopicCheck impatient = new TopicCheck("t", topic, null, Duration.ZERO);
        topic.facts = TopicFacts.unlimited(1);
        topic.gate = new CountDownLatch(1);

        assertThatThrownBy(() -> impatient.pass(record(null)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("no broker answered within 0 ms");

        topic.gate.countDown();
        topic.answered.await();
        while (true) {
            try {
                impatient.pass(record(null));
                break;
            } catch (TimeoutException e) {
                Thread.onSpinWait();
            }
        }
        assertThat(topic.asked).hasValue(1);
    }

    @Test
    void pass_interruptEndsTheWait() {
        topic.gate = new CountDownLatch(1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> check.pass(record(null))).isInstanceOf(InterruptException.class);

        assertThat(Thread.interrupted()).isTrue();
        topic.gate.countDown();
    }

    /** One record that no topic could take must not stop the others while the brokers are away. */
    @Test
    void pass_whileARefusedRecordHasTheBrokersAsked_letsOthersThrough() throws Exception {
        topic.facts = TopicFacts.unlimited(1);
        check.pass(record(null));
        topic.gate = new CountDownLatch(1);
        topic.asking = new CountDownLatch(1);
        Thread refused = new Thread(() -> {
            while (topic.asked.get() < 2) { // until what is known is a second old
                assertThatThrownBy(() -> check.pass(record(5))).isInstanceOf(InvalidRecordException.class);
            }
        });
        refused.start();
        topic.asking.await();

        check.pass(record(null));

        topic.gate.countDown();
        refused.join();
        check.pass(record(null));
    }

    @Test
    void pass_anErrorWhileAsking_isAnAnswer_andAskedAgain() {
        topic.error = new NoClassDefFoundError("test");
        assertThatThrownBy(() -> check.pass(record(null)))
                .isInstanceOf(KafkaException.class)
                .hasRootCause(topic.error);
    }

    @Test
    void forget_makesTheNextPushAsk() {
        topic.facts = TopicFacts.unlimited(1);
        check.pass(record(null));

        check.forget();
        check.pass(record(null));

        assertThat(topic.asked).hasValue(2);
    }

    @Test
    void close_endsAnOpenQuestion() throws InterruptedException {
        topic.asking = new CountDownLatch(1);
        Thread pushing = new Thread(
                () -> assertThatThrownBy(() -> check.pass(record(null))).isInstanceOf(KafkaException.class));
        pushing.start();
        topic.asking.await();

        check.close();

        pushing.join();
    }

    @Test
    void facts_refuseWhatTheBrokerWouldRefuse() {
        TopicFacts facts = new TopicFacts(1, 1000, true, 1000, 100);

        assertThat(facts.refusal(new ProducerRecord<>("t", null, new byte[1])))
                .isInstanceOf(InvalidRecordException.class)
                .hasMessageContaining("compacted");
        assertThat(facts.refusal(new ProducerRecord<>("t", new byte[1], new byte[800])))
                .isNull();
        assertThat(facts.refusal(new ProducerRecord<>("t", new byte[1], new byte[1000])))
                .isInstanceOf(RecordTooLargeException.class)
                .hasMessageContaining("max.message.bytes");
        assertThat(facts.reason(4000, 5000)).isNull();
        assertThat(facts.reason(3999, 5000)).contains("message.timestamp.before.max.ms");
        assertThat(facts.reason(5100, 5000)).isNull();
        assertThat(facts.reason(5101, 5000)).contains("message.timestamp.after.max.ms");
    }

    private static ProducerRecord<byte[], byte[]> record(@Nullable Integer partition) {
        return new ProducerRecord<>("t", partition, new byte[1], new byte[1]);
    }

    /** A topic as the test wants it to be. */
    private static final class FakeTopic implements TopicLookup {
        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger created = new AtomicInteger();
        final CountDownLatch answered = new CountDownLatch(1);
        volatile @Nullable TopicFacts facts;
        volatile @Nullable KafkaException failure;
        volatile @Nullable Error error;
        volatile int appearsAtQuestion = Integer.MAX_VALUE;
        volatile CountDownLatch gate = new CountDownLatch(0);
        volatile CountDownLatch asking = new CountDownLatch(0);

        @Override
        public @Nullable TopicFacts find(Duration timeout) {
            int question = asked.incrementAndGet();
            asking.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            } finally {
                answered.countDown();
            }
            if (error != null) {
                throw error;
            }
            if (failure != null) {
                throw failure;
            }
            return question >= appearsAtQuestion ? TopicFacts.unlimited(1) : facts;
        }

        @Override
        public void create(NewTopicShape shape, Duration timeout) {
            created.incrementAndGet();
        }
    }
}
