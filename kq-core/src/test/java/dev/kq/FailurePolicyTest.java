package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class FailurePolicyTest {
    private static final ConsumerRecord<byte[], byte[]> RECORD =
            Records.record(Records.TP, 7, "secret key", "secret value");

    private static final long PASSED = -1;

    private final QueueCounters counters = new QueueCounters();
    private final List<String> told = new ArrayList<>();

    @Test
    void forceCommit_passesTheMessage_afterMaxAttempts() { // R29
        FailurePolicy policy = policy(true);

        assertThat(fail(policy, 1)).isEqualTo(10_000_000);
        assertThat(fail(policy, 2)).isEqualTo(20_000_000);
        assertThat(fail(policy, 3)).isEqualTo(PASSED);
        assertThat(counters.failed.sum()).isEqualTo(3);
        assertThat(counters.retried.sum()).isEqualTo(2);
        assertThat(counters.skipped.sum()).isEqualTo(1);
    }

    @Test
    void withoutForceCommit_theMessageIsRetriedForEver() { // R29
        FailurePolicy policy = policy(false);

        for (int attempt = 1; attempt < 1000; attempt++) {
            assertThat(fail(policy, attempt)).isBetween(0L, 30_000_000L);
        }
        assertThat(counters.skipped.sum()).isZero();
    }

    @Test
    void recordOfTheDeadLetterTopicItself_neverGoesThereAgain() {
        KqConf conf = conf(true).toBuilder().deadLetterTopic("dead").build();
        FailurePolicy policy = new FailurePolicy(conf, null, Set.of(), (message, exception, attempt) -> {}, counters);
        ConsumerRecord<byte[], byte[]> letter =
                Records.record(new org.apache.kafka.common.TopicPartition("dead", 0), 1, "k", "v");

        assertThat(policy.afterFailure(RECORD, 3, new Exception("x"))).isInstanceOf(Outcome.ToDeadLetters.class);
        assertThat(policy.afterFailure(letter, 3, new Exception("x"))).isInstanceOf(Outcome.Pass.class);
        assertThat(policy.afterFailure(letter, 1, new DeadLetter("x"))).isInstanceOf(Outcome.Pass.class);
    }

    @Test
    void errorHandler_isToldOfEachFailure() {
        FailurePolicy policy = policy(true);
        fail(policy, 1);
        fail(policy, 3);

        assertThat(told).containsExactly("t-0@7, attempt 1: no 1", "t-0@7, attempt 3: no 3");
    }

    @Test
    void errorHandlerThatThrows_changesNothing() {
        FailurePolicy policy = new FailurePolicy(
                conf(true),
                null,
                Set.of(),
                (message, exception, attempt) -> {
                    throw new IllegalStateException("handler of handlers");
                },
                counters);

        try (LogCapture log = new LogCapture()) {
            assertThat(fail(policy, 1)).isEqualTo(10_000_000);
            assertThat(fail(policy, 3)).isEqualTo(PASSED);
            assertThat(log.lines()).anyMatch(line -> line.startsWith("ERROR error handler failed for t-0@7"));
        }
    }

    @Test
    void defaultLog_saysWhere_onceLoudly_andNeverThePayload() {
        FailurePolicy policy = new FailurePolicy(conf(true), null, Set.of(), FailurePolicy::logFailure, counters);

        try (LogCapture log = new LogCapture()) {
            fail(policy, 1);
            fail(policy, 2);
            fail(policy, 3);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("t-0@7"))
                    .containsExactly(
                            "WARN t-0@7, attempt 1 failed no 1",
                            "DEBUG t-0@7, attempt 2 failed again: java.lang.Exception: no 2",
                            "DEBUG t-0@7, attempt 3 failed again: java.lang.Exception: no 3",
                            "WARN t-0@7, attempt 3 passed without success: gave up after attempt 3, as ForceCommit says")
                    .noneMatch(line -> line.contains("secret"));
        }
    }

    private FailurePolicy policy(boolean forceCommit) {
        return new FailurePolicy(
                conf(forceCommit),
                null,
                Set.of(),
                (message, exception, attempt) -> told.add(message + ": " + exception.getMessage()),
                counters);
    }

    /** The wait before the next attempt, or {@link #PASSED}. */
    private static long fail(FailurePolicy policy, int attempt) {
        Outcome outcome = policy.afterFailure(RECORD, attempt, new Exception("no " + attempt));
        return outcome instanceof Outcome.Retry retry ? retry.nanos() : PASSED;
    }

    private static KqConf conf(boolean forceCommit) {
        return KqConf.builder()
                .brokers("localhost:1")
                .group("g")
                .topic("t")
                .forceCommit(forceCommit)
                .retry(new RetryConf(3, Duration.ofMillis(10), Duration.ofMillis(30), 2, 0))
                .build();
    }
}
