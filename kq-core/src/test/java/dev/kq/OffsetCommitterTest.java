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
        assertThat(bench.consumer.lastAsyncCommit().offset()).isZero();
        bench.consumer.lastAsyncCommit().acknowledge();

        Bench.finish(slow);
        bench.tick();
        assertThat(bench.consumer.lastAsyncCommit().offset()).isEqualTo(3);
    }

    @Test
    void watermark_countsAsCommitted_onlyWhenTheBrokerAcknowledged() {
        handled(T0, 3);

        bench.tick();
        assertThat(bench.owned(T0).committed()).isNegative();
        assertThat(bench.owned(T0).dirty()).isTrue();

        bench.consumer.lastAsyncCommit().acknowledge();
        assertThat(bench.owned(T0).committed()).isEqualTo(3);
        assertThat(bench.owned(T0).dirty()).isFalse();
    }

    @Test
    void refusedCommit_showsInHealth_untilOneIsTaken() {
        handled(T0, 3);
        bench.tick();
        bench.consumer.lastAsyncCommit().fail(new GroupAuthorizationException("g"));
        assertThat(bench.health.health(true, null).reasons())
                .containsExactly("offsets cannot be committed: not authorized for the consumer group");

        bench.tick();
        bench.consumer.lastAsyncCommit().acknowledge();
        assertThat(bench.health.health(true, null).reasons()).isEmpty();
    }

    @Test
    void refusedCommit_isOfNoInterest_whenItsPartitionIsGone() {
        handled(T0, 3);
        bench.tick();
        bench.consumer.lastAsyncCommit().fail(new GroupAuthorizationException("g"));
        bench.assign(T1);
        bench.tick();
        assertThat(bench.health.health(true, null).reasons()).isEmpty();
    }

    @Test
    void oneCommit_isInFlight() { // R7
        handled(T0, 3);
        bench.tick();
        bench.polled(T0, 3, "x");
        bench.handleAll();
        bench.tick();
        bench.tick();
        assertThat(bench.consumer.asyncCommits()).hasSize(1);

        bench.consumer.lastAsyncCommit().acknowledge();
        bench.tick();
        assertThat(bench.consumer.asyncCommits()).hasSize(2);
        assertThat(bench.consumer.lastAsyncCommit().offset()).isEqualTo(4);
    }

    @Test
    void committedOffset_neverMovesBack() { // R7
        handled(T0, 3);
        bench.tick();
        ScriptedConsumer.Commit early = bench.consumer.lastAsyncCommit();
        bench.polled(T0, 3, "x", "y");
        bench.handleAll();
        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.owned(T0).committed()).isEqualTo(5);

        early.acknowledge();
        assertThat(bench.owned(T0).committed()).isEqualTo(5);
        bench.tick();
        assertThat(bench.consumer.asyncCommits()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failedCommit_staysDirty_andIsRetried_onAnIdlePartitionToo(KafkaException failure) { // R9
        handled(T0, 3);
        bench.tick();
        bench.consumer.lastAsyncCommit().fail(failure);
        assertThat(bench.owned(T0).dirty()).isTrue();
        assertThat(bench.committer.untilDue(System.nanoTime()))
                .isLessThanOrEqualTo(Duration.ofMillis(500).toNanos());

        bench.tick();
        assertThat(bench.consumer.asyncCommits()).hasSize(2);
        bench.consumer.lastAsyncCommit().acknowledge();
        assertThat(bench.owned(T0).committed()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failureThrownByCommitAsync_doesNotEscape_andIsRetried(KafkaException failure) { // R9
        handled(T0, 3);
        bench.consumer.failNextCommitAsync(failure);

        assertThatCode(bench::tick).doesNotThrowAnyException();
        assertThat(bench.consumer.asyncCommits()).isEmpty();
        bench.tick();
        assertThat(bench.consumer.lastAsyncCommit().offset()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failureOfCommitNow_doesNotEscape_andIsReported(KafkaException failure) { // R9
        handled(T0, 3);
        bench.consumer.failNextCommitSync(failure);

        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isFalse();
        assertThat(bench.owned(T0).dirty()).isTrue();
        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
    }

    @Test
    void wakeupDuringCommitNow_isRetried() {
        handled(T0, 3);
        bench.consumer.failNextCommitSync(new WakeupException());

        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
    }

    @Test
    void acknowledgement_forAnEarlierAssignment_changesNothing() {
        handled(T0, 3);
        bench.tick();
        bench.assign();
        bench.assign(T0);
        bench.polled(T0, 0, "a");
        Run again = bench.begin();

        bench.consumer.asyncCommits().get(0).acknowledge();
        assertThat(bench.owned(T0).committed()).isNegative();
        bench.tick(); // and the way is free for the next commit
        assertThat(bench.consumer.lastAsyncCommit().offset()).isZero();
        Bench.finish(again);
    }

    @Test
    void failure_forAnEarlierAssignment_doesNotBlockTheNextCommit() {
        handled(T0, 3);
        bench.tick();
        bench.assign();
        bench.assign(T0);
        handledAgain(T0, 3);
        bench.consumer.asyncCommits().get(0).fail(new CommitFailedException("fenced"));

        bench.tick();
        assertThat(bench.consumer.asyncCommits()).hasSize(2);
    }

    @Test
    void revoke_commitsWhatIsDone_beforeThePartitionIsGone() {
        handled(T0, 3);

        bench.assign();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(3);
        assertThat(bench.consumer.syncCommits()).hasSize(1);
    }

    @Test
    void commit_holdsOnlyPartitionsWithProgress() {
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a");
        bench.polled(T1, 0, "a");
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.lastAsyncCommit().offsets).containsOnlyKeys(T0, T1);
        bench.consumer.lastAsyncCommit().acknowledge();

        bench.polled(T1, 1, "b");
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.lastAsyncCommit().offsets).containsOnlyKeys(T1);
    }

    @Test
    void nothingPolled_nothingCommitted() {
        bench.assign(T0);

        bench.tick();
        assertThat(bench.committer.commitNow(bench.owned(), TIMEOUT)).isTrue();
        assertThat(bench.consumer.asyncCommits()).isEmpty();
        assertThat(bench.consumer.syncCommits()).isEmpty();
    }

    @Test
    void commit_isNotDue_beforeTheInterval() {
        ScriptedConsumer consumer = ScriptedConsumer.earliest(T0);
        OffsetCommitter committer =
                new OffsetCommitter(consumer, Duration.ofSeconds(1), new QueueCounters(), () -> 1000, bench.refusals);

        assertThat(committer.untilDue(1000)).isEqualTo(1_000_000_000);
        assertThat(committer.untilDue(1_000_000_000_000L)).isZero();
        committer.tick(2000, List.of());
        assertThat(committer.untilDue(2000)).isEqualTo(1_000_000_000 - 1000);
    }

    // ---- broken engines

    @Test
    void control_countsAsCommittedWithoutAcknowledgement() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "OffsetCommitter.java",
                        "inFlight = true;",
                        "inFlight = true; acknowledged(offsets, partitions);"),
                OffsetCommitterTest.class,
                "watermark_countsAsCommitted_onlyWhenTheBrokerAcknowledged");
    }

    @Test
    void control_twoCommitsInFlight() throws Exception {
        Broken.assertCaught(
                Mutant.of("OffsetCommitter.java", "inFlight = true;", ""),
                OffsetCommitterTest.class,
                "oneCommit_isInFlight");
    }

    @Test
    void control_committedMovesBack() throws Exception {
        Broken.assertCaught(
                Mutant.of("OwnedPartition.java", "committed = Math.max(committed, offset);", "committed = offset;"),
                OffsetCommitterTest.class,
                "committedOffset_neverMovesBack");
    }

    @Test
    void control_acknowledgementIsNotTiedToItsAssignment() throws Exception {
        Broken.assertCaught(
                Mutant.of("OffsetCommitter.java", "acknowledged(committed, partitions);", """
                        for (OwnedPartition p : owned) {
                            if (committed.containsKey(p.topicPartition())) {
                                p.committed(committed.get(p.topicPartition()).offset());
                            }
                        }"""),
                OffsetCommitterTest.class,
                "acknowledgement_forAnEarlierAssignment_changesNothing");
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
