package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OffsetCommitterTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Bench bench = Bench.first();

    static Stream<KafkaException> failures() {
        return Stream.of(
                new RebalanceInProgressException("rebalancing"),
                new CommitFailedException("fenced"),
                new RetriableCommitFailedException("again"),
                new TimeoutException("slow"),
                new DisconnectException("gone"),
                new TopicAuthorizationException("t"),
                new KafkaException("something"));
    }

    @Test
    void commit_waitsForEarlierRecord() { // R6
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b", "c");
        Run slow = bench.begin();
        bench.handleAll();

        bench.tick();
        assertThat(bench.consumer.lastCommit()).isZero();

        Bench.finish(slow);
        bench.tick();
        assertThat(bench.consumer.lastCommit()).isEqualTo(3);
    }

    @Test
    void watermark_countsAsCommitted_onlyWhenTheBrokerAcknowledged() {
        handled(T0, 3);
        bench.consumer.failNextCommit(new TimeoutException("slow"));

        bench.tick();
        assertThat(bench.owned(T0).committed()).isNegative();
        assertThat(bench.owned(T0).dirty()).isTrue();

        bench.tick();
        assertThat(bench.owned(T0).committed()).isEqualTo(3);
        assertThat(bench.owned(T0).dirty()).isFalse();
    }

    @Test
    void refusedCommit_showsInHealth_untilOneIsTaken() {
        handled(T0, 3);
        bench.consumer.failNextCommit(new GroupAuthorizationException("g"));
        bench.tick();
        assertThat(bench.health.health(true, null).reasons())
                .containsExactly("offsets cannot be committed: not authorized for the consumer group");

        bench.tick();
        assertThat(bench.health.health(true, null).reasons()).isEmpty();
    }

    @Test
    void refusedCommit_isOfNoInterest_whenItsPartitionIsGone() {
        handled(T0, 3);
        bench.consumer.failNextCommit(new GroupAuthorizationException("g"));
        bench.tick();
        bench.assignment.onPartitionsLost(List.of(T0));
        bench.tick();
        assertThat(bench.health.health(true, null).reasons()).isEmpty();
    }

    @Test
    void noCommit_isLeftToTheClient_forItMaySendItAfterALaterOne() { // R7
        handled(T0, 3);
        bench.tick();
        assertThat(bench.consumer.committedOffset(T0))
                .as("acknowledged already")
                .isEqualTo(3);

        bench.polled(T0, 3, "x");
        bench.handleAll();
        bench.tick();
        bench.assign();
        bench.consumer.sendWhatIsLeft();
        assertThat(bench.consumer.commits()).hasSize(2);
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(4);
    }

    @Test
    void committedOffset_neverMovesBack() { // R7
        handled(T0, 3);
        bench.tick();
        OwnedPartition partition = bench.owned(T0);
        partition.committed(2);
        assertThat(partition.committed()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failedCommit_staysDirty_andIsRetriedSoon_onAnIdlePartitionToo(KafkaException failure) { // R9
        handled(T0, 3);
        bench.consumer.failNextCommit(failure);
        assertThatCode(bench::tick).doesNotThrowAnyException();
        assertThat(bench.owned(T0).dirty()).isTrue();
        assertThat(bench.committer.untilDueNanos())
                .isEqualTo(Duration.ofMillis(500).toNanos());

        bench.tick();
        assertThat(bench.owned(T0).committed()).isEqualTo(3);
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
    }

    @Test
    void coordinatorThatDoesNotAnswer_takesHalfOfTheTime() {
        handled(T0, 3);
        bench.consumer.failNextCommit(new TimeoutException("slow"), () -> bench.now += TIMEOUT.toNanos());
        bench.tick();
        assertThat(bench.committer.untilDueNanos()).isEqualTo(TIMEOUT.toNanos());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failureOfCommitNow_doesNotEscape_andIsReported(KafkaException failure) { // R9
        handled(T0, 3);
        bench.consumer.failNextCommit(failure);

        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isFalse();
        assertThat(bench.owned(T0).dirty()).isTrue();
        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
    }

    @Test
    void wakeupDuringCommitNow_isRetried() {
        handled(T0, 3);
        for (int i = 0; i < 3; i++) { // during a revoke, one for each partition that becomes quiet
            bench.consumer.failNextCommit(new WakeupException());
        }

        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
    }

    @Test
    void wakeupsWithoutEnd_keepACommitNoLongerThanItsTimeout() {
        handled(T0, 3);
        for (int i = 0; i < 100; i++) {
            bench.consumer.failNextCommit(new WakeupException(), () -> bench.now += TIMEOUT.toNanos() / 10);
        }

        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isFalse();
        assertThat(bench.now).isLessThanOrEqualTo(2 * TIMEOUT.toNanos());
        assertThat(bench.owned(T0).dirty()).isTrue();
    }

    @Test
    void revoke_commitsWhatIsDone_beforeThePartitionIsGone() {
        handled(T0, 3);

        bench.assign();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
        assertThat(bench.consumer.commits()).hasSize(1);
    }

    @Test
    void commit_holdsOnlyPartitionsWithProgress() {
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a");
        bench.polled(T1, 0, "a");
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.commits().get(0)).containsOnlyKeys(T0, T1);

        bench.polled(T1, 1, "b");
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.commits().get(1)).containsOnlyKeys(T1);
    }

    @Test
    void nothingPolled_nothingCommitted() {
        bench.assign(T0);

        bench.tick();
        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.commits()).isEmpty();
    }

    @Test
    void commit_isNotDue_beforeTheInterval() {
        handled(T0, 3);
        bench.now += 999_999_999;
        bench.committer.tick(bench.owned(), TIMEOUT);
        assertThat(bench.committer.untilDueNanos()).isEqualTo(1);
        assertThat(bench.consumer.commits()).isEmpty();

        bench.now += 1;
        assertThat(bench.committer.untilDueNanos()).isZero();
        bench.committer.tick(bench.owned(), TIMEOUT);
        assertThat(bench.consumer.commits()).hasSize(1);
        assertThat(bench.committer.untilDueNanos()).isEqualTo(1_000_000_000);
    }

    // ---- broken engines

    @Test
    void control_countsAsCommittedWithoutAcknowledgement() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "OffsetCommitter.java",
                        "failed(e, began);\n            return false;",
                        "acknowledged(offsets, owned);"),
                OffsetCommitterTest.class,
                "watermark_countsAsCommitted_onlyWhenTheBrokerAcknowledged");
    }

    @Test
    void control_commitIsLeftToTheClient() throws Exception {
        Broken.assertCaught(
                Mutant.of("OffsetCommitter.java", "if (commitNow(owned, timeout)) {", """
                        Map<TopicPartition, OffsetAndMetadata> some = new HashMap<>();
                        owned.forEach(p -> some.put(p.topicPartition(), new OffsetAndMetadata(p.watermark())));
                        consumer.commitAsync(some, null);
                        if (some.isEmpty()) {"""),
                OffsetCommitterTest.class,
                "noCommit_isLeftToTheClient_forItMaySendItAfterALaterOne");
    }

    @Test
    void control_committedMovesBack() throws Exception {
        Broken.assertCaught(
                Mutant.of("OwnedPartition.java", "committed = Math.max(committed, offset);", "committed = offset;"),
                OffsetCommitterTest.class,
                "committedOffset_neverMovesBack");
    }

    private void handled(org.apache.kafka.common.TopicPartition tp, int records) {
        bench.assign(tp);
        handledAgain(tp, records);
    }

    private void handledAgain(org.apache.kafka.common.TopicPartition tp, int records) {
        for (int i = 0; i < records; i++) {
            bench.polled(tp, i, "k" + i);
        }
        bench.handleAll();
    }
}
