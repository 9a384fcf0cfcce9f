package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    private static final Duration A_MOMENT = Duration.ofMillis(20);
    private static final Duration FOR_EVER = Duration.ofHours(1);

    // ---- revoked

    @Test
    void revokedPartition_isNotHandedOutAnyMore_andItsQueuedRecordsCountAsGivenBack() { // R12
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b", "c");

        bench.assign();
        assertThat(bench.take(10)).isNull();
        assertThat(bench.counters.givenBack.sum()).isEqualTo(3);
        assertThat(bench.partitions.held()).isZero();
        assertThat(bench.owned()).isEmpty();
    }

    @Test
    void revoke_waitsForWhatRuns_andCommitsIt() throws Exception { // R1
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run running = bench.begin();

        Thread fetcher = Bench.inBackground(() -> bench.assignment.onPartitionsRevoked(List.of(T0)));
        assertThat(fetcher.isAlive()).isTrue();
        assertThat(bench.consumer.commits()).isEmpty();
        Bench.finish(running);
        fetcher.join();

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);
        assertThat(bench.counters.givenBack.sum()).isEqualTo(1);
    }

    @Test
    void revoke_afterItsBudget_commitsWhatIsContiguous_andFencesTheRest() { // R17, R18
        Bench bench = Bench.first(1000, A_MOMENT);
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b", "c");
        Run first = bench.begin();
        Run stuck = bench.begin();
        Run third = bench.begin();
        Bench.finish(first);
        Bench.finish(third);

        bench.assign();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);

        Bench.finish(stuck);
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);
        assertThat(bench.partitions.held()).isZero();
    }

    @Test
    void revoke_waitsNoLongerThanAStopMay() throws Exception {
        Bench bench = Bench.first(1000, FOR_EVER);
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run first = bench.begin();
        Run stuck = bench.begin();
        Bench.finish(first);
        Thread fetcher = Bench.inBackground(() -> bench.assignment.onPartitionsRevoked(List.of(T0)));
        assertThat(fetcher.isAlive()).isTrue();

        bench.stopAt = System.nanoTime();
        fetcher.join(20_000);
        assertThat(fetcher.isAlive()).isFalse();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);
        assertThat(bench.assignment.running()).isZero();
        assertThat(bench.assignment.leftRunning())
                .as("what the report of the stop has")
                .isEqualTo(1);
        Bench.finish(stuck);
        assertThat(bench.assignment.leftRunning()).isZero();
    }

    @Test
    void revoke_waitsOnlyForTheRevokedPartitions() { // R20
        Bench bench = Bench.first(1000, FOR_EVER);
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a");
        Run running = bench.begin();
        bench.polled(T1, 0, "a");

        bench.assign(T0);
        assertThat(bench.owned(T0).running()).isEqualTo(1);
        Bench.finish(running);
        assertThat(bench.owned(T0).watermark()).isEqualTo(1);
    }

    @Test
    void revoke_thatIsInterrupted_commitsAndKeepsTheInterrupt() {
        Bench bench = Bench.first(1000, FOR_EVER);
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run done = bench.begin();
        bench.begin();
        Bench.finish(done);

        Thread.currentThread().interrupt();
        bench.assign();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);
    }

    @Test
    void lostPartition_commitsNothing_andDoesNotWait() { // R21
        Bench bench = Bench.first(1000, FOR_EVER);
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b", "c");
        Run done = bench.begin();
        Run running = bench.begin();
        Bench.finish(done);

        bench.assignment.onPartitionsLost(List.of(T0));
        Bench.finish(running);
        assertThat(bench.consumer.commits()).isEmpty();
        assertThat(bench.counters.givenBack.sum()).isEqualTo(1);
        assertThat(bench.partitions.held()).isZero();
    }

    // ---- came back

    @Test
    void key_thatStillRuns_waitsInTheNextAssignment_andItsOldEndCountsForNothing() { // R3, R5
        Bench bench = Bench.first(1000, A_MOMENT);
        bench.assign(T0);
        bench.polled(T0, 0, "a");
        Run old = bench.begin();
        bench.assignment.onPartitionsLost(List.of(T0));
        bench.assignment.onPartitionsAssigned(List.of(T0));
        bench.polled(T0, 0, "a", "b");

        Run other = bench.begin();
        assertThat(other.record(0).offset()).isEqualTo(1);
        assertThat(bench.take(10)).isNull();
        Bench.finish(old);
        assertThat(bench.owned(T0).watermark()).isZero();

        Run again = bench.begin();
        assertThat(again.record(0).offset()).isZero();
        Bench.finish(again);
        Bench.finish(other);
        assertThat(bench.owned(T0).watermark()).isEqualTo(2);
        assertThat(bench.partitions.held()).isZero();
    }

    @Test
    void bound_countsWhatStillRunsFromEarlierAssignments() { // R62
        Bench bench = Bench.first(2, A_MOMENT);
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run old = bench.begin();
        Run older = bench.begin();
        bench.assignment.onPartitionsLost(List.of(T0));
        bench.assignment.onPartitionsAssigned(List.of(T0));

        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        Bench.finish(old);
        Bench.finish(older);
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void partition_thatMovesToAnotherFetcherOfTheQueue_isTakenOver_andWhatIsDroppedCounts() { // R12
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run running = bench.begin();

        OwnedPartition elsewhere = bench.partitions.open(T0, () -> {});
        elsewhere.add(List.of(record(0, "a"), record(1, "b")), 2);
        bench.assignment.onPartitionsLost(List.of(T0));
        Bench.finish(running);

        assertThat(elsewhere.watermark()).isZero();
        bench.handleAll();
        assertThat(elsewhere.watermark()).isEqualTo(2);
        assertThat(bench.partitions.held()).isZero();
    }

    // ---- pauses

    @Test
    void fullPartition_isPaused_andFetchedAgainWhenHalfEmpty_andOthersAreNot() { // R40
        Bench bench = Bench.first(4, FOR_EVER);
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a", "b", "c", "d");
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        assertThat(bench.assignment.allPaused()).isFalse();

        Bench.finish(bench.begin());
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        Bench.finish(bench.begin());
        assertThat(bench.nudges).hasValue(1);
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void partitionsOfWhichSomeIsReady_arePausedWhileWorkersHaveEnough_andNoneIsInTheEnd() {
        Bench bench = Bench.firstWithEnough(4);
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a", "b", "c", "d");
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        assertThat(bench.assignment.pauses().full()).isEqualTo(1);
        assertThat(bench.assignment.allPaused()).isFalse();
        bench.polled(T1, 0, "a");
        bench.turn();
        assertThat(bench.assignment.allPaused()).isTrue();

        for (Run run = bench.take(1); run != null; run = bench.take(1)) {
            run.claim();
            Bench.finish(run);
        }
        assertThat(bench.nudges).hasPositiveValue();
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(bench.assignment.pauses().full()).isZero();
    }

    @Test
    void retainedPartition_keepsBeingFetched_afterACooperativeRebalance() { // R13
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.assignment.reconcilePauses(true);
        bench.assign(T0, T1);
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();

        bench.consumer.addRecord(record(T0, 0, "a", "v"));
        bench.turn();
        assertThat(bench.begin().record(0).offset()).isZero();
    }

    @Test
    void partition_thatWasPausedRevokedAndAssignedAgain_isFetched() { // R15
        Bench bench = Bench.first(1, A_MOMENT);
        bench.assign(T0);
        bench.polled(T0, 0, "a");
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);

        bench.assign();
        bench.turn();
        bench.assign(T0);
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void partition_whoseParkedRecordWasDropped_isFetchedAgain() { // R15
        Bench bench = Bench.first(1, A_MOMENT);
        bench.assign(T0);
        bench.polled(T0, 0, "a");
        Run failing = bench.begin();
        PartitionQueue queue = failing.partition;
        int slot = queue.park(failing, 0);
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);

        bench.assign();
        bench.assign(T0);
        queue.unpark(slot, record(0, "a"));
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(bench.take(1)).isNull();
    }

    @Test
    void partition_thatTheConsumerPausedByItself_isResumed() { // R15
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.consumer.pause(Set.of(T0));
        bench.assignment.onPartitionsAssigned(List.of());

        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void partition_thatTheConsumerHasAndTheListenerNeverSaw_isPaused() {
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.assignment.onPartitionsLost(List.of(T0)); // the consumer still lists it for a while

        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
    }

    @Test
    void partition_thatLeavesBetweenTheQuestionAndThePause_isNoFailure() { // R16
        Bench bench = Bench.first(1, A_MOMENT);
        bench.assign(T0, T1);
        bench.polled(T0, 0, "a");
        bench.consumer.failNextPause(new IllegalStateException("No current assignment for partition t-0"));

        assertThatCode(bench::turn).doesNotThrowAnyException();
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
    }

    @Test
    void lag_ofAPartitionThatLeft_isUnknown_andNoFailure() { // R16
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.consumer.updateEndOffsets(Map.of(T0, 7L));
        bench.polled(T0, 0, "a");
        assertThat(bench.assignment.lag(0)).isEqualTo(8); // the mock's position did not move
        bench.consumer.loseSilently();

        assertThatCode(() -> bench.assignment.lag(0)).doesNotThrowAnyException();
        assertThat(bench.assignment.lag(0)).isEqualTo(-1);
    }

    /** What brokers said about a log that is gone since. */
    @Test
    void lag_ofALogThatWasCut_isNotThatOfTheOldOne() {
        Bench bench = Bench.first(1, FOR_EVER);
        bench.assign(T0);
        bench.polled(T0, 1000, "a");
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        bench.consumer.updateEndOffsets(Map.of(T0, 1_000_000L));
        assertThat(bench.assignment.lag(System.nanoTime() + FOR_EVER.toNanos())).isGreaterThan(900_000);
        bench.handleAll();
        bench.turn();

        bench.consumer.updateEndOffsets(Map.of(T0, 5L));
        bench.polled(T0, 4, "a");
        bench.handleAll();
        assertThat(bench.assignment.lag(System.nanoTime())).isLessThan(1_000);
    }

    // ---- polled

    @Test
    void recordsOfAPartitionThatIsNotOwned_areIgnored() { // R22
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T1, 0, "a");

        assertThat(bench.take(1)).isNull();
        assertThat(bench.partitions.held()).isZero();
        bench.tick();
        assertThat(bench.consumer.commits()).isEmpty();
    }

    @Test
    void pollsWithoutRecords_advanceTheWatermark() { // R24
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.assignment.accept(Bench.result(T0, List.of(), 5));
        assertThat(bench.owned(T0).watermark()).isEqualTo(5);

        bench.polled(T0, 5, "a");
        bench.assignment.accept(Bench.result(T0, List.of(), 20));
        assertThat(bench.owned(T0).watermark()).isEqualTo(5);
        bench.handleAll();
        assertThat(bench.owned(T0).watermark()).isEqualTo(20);
        bench.tick();
        assertThat(bench.consumer.lastCommit()).isEqualTo(20);
    }

    @Test
    void gapOnTheBoundaryOfTwoPolls_doesNotPinTheCommit() { // R24
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.assignment.accept(Bench.result(T0, List.of(record(0, "a"), record(3, "b")), 4));
        bench.assignment.accept(Bench.result(T0, List.of(record(9, "c")), 11));
        bench.handleAll();

        assertThat(bench.owned(T0).watermark()).isEqualTo(11);
    }

    @Test
    void logThatWentBack_startsANewEpoch() { // R27
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 100, "a", "b", "c");
        Run running = bench.begin();
        OwnedPartition before = bench.owned(T0);

        bench.polled(T0, 0, "a");
        assertThat(bench.owned(T0)).isNotSameAs(before);
        assertThat(bench.counters.givenBack.sum()).isEqualTo(2);
        assertThat(before.watermark()).isNegative();
        Bench.finish(running);
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.lastCommit()).isEqualTo(1);
    }

    @Test
    void logThatWasCut_isReadAgainFromTheFirstRecordThatIsNotDone() { // an unclean election, or a lost tail
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 100, "a", "b", "c", "d");
        Bench.finish(bench.begin());

        bench.polled(T0, 102, "x");
        assertThat(bench.take(10)).as("101 comes first").isNull();
        assertThat(bench.consumer.position(T0)).isEqualTo(101);
        bench.tick();
        assertThat(bench.consumer.committedOffset(T0)).isLessThanOrEqualTo(101);
        bench.polled(T0, 101, "b", "x");
        bench.handleAll();
        bench.tick();
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(103);
    }

    // ---- where to start

    @Test
    void last_commitsTheStartPosition_beforeTheFirstMessage() {
        Bench bench = last(42);
        bench.assign(T0);
        bench.tick();

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(42);
    }

    /** Producers know a new partition, or a new topic of a pattern, before we do. */
    @Test
    void last_beginsWithTheFirstRecordThatWasPushedAfterTheStart() {
        Bench bench = lastWithARecordOf(Bench.STARTED, 40);

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(40);
        assertThat(bench.consumer.position(T0)).isEqualTo(40);
    }

    @Test
    void last_skipsWhatWasPushedBeforeTheStart() {
        Bench bench = lastWithARecordOf(Bench.STARTED.minusMillis(1), 40);

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(42);
    }

    /** Else one wrong clock would have a new group read all that is behind it. */
    @Test
    void last_skipsWhatClaimsToBeOfTheFuture() {
        Bench bench = lastWithARecordOf(Instant.now().plus(Duration.ofDays(1)), 3);

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(42);
    }

    @Test
    void last_leavesAGroupThatHasCommittedAlone() {
        Bench bench = last(42);
        bench.consumer.commitSync(Map.of(T0, new org.apache.kafka.clients.consumer.OffsetAndMetadata(7)), A_MOMENT);
        bench.assign(T0);
        bench.tick();

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(7);
        assertThat(bench.consumer.commits()).as("the one of the test").hasSize(1);
    }

    @Test
    void last_commitsTheStartPosition_alsoWhenANudgeInterruptsIt() {
        Bench bench = last(42);
        bench.consumer.failNextLookup(new WakeupException());
        bench.assign(T0);
        bench.turn();
        bench.tick();

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(42);
    }

    @Test
    void last_commitsTheStartPosition_alsoWhenTheFirstCommitFails() {
        Bench bench = last(42);
        bench.consumer.failNextCommit(new TimeoutException("slow"));
        bench.assign(T0);
        bench.turn();
        bench.tick();

        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(42);
    }

    @Test
    void last_fetchesNothing_beforeItsStartIsCommitted() {
        Bench bench = last(42);
        bench.consumer.failNextCommit(new TimeoutException("slow"));
        bench.assign(T0);
        assertThat(bench.consumer.paused()).containsExactly(T0);
        bench.consumer.updateEndOffsets(Map.of(T0, 50L));

        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        bench.tick();
        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(bench.consumer.committedOffset(T0)).as("not a later end").isEqualTo(42);
    }

    /** It would put off the commits of the other partitions, and be asked for in each loop. */
    @Test
    void last_leavesAStartThatWasRefusedToTheCommitter() {
        Bench bench = last(42);
        bench.consumer.failNextCommit(new TimeoutException("slow"));
        bench.assign(T0);
        AtomicInteger tries = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            bench.consumer.failNextCommit(new TimeoutException("slow"), tries::incrementAndGet);
        }

        for (int i = 0; i < 5; i++) {
            bench.turn();
        }
        assertThat(tries).hasValue(0);
    }

    @Test
    void last_startsTheOthers_whenNobodySaysWhereOneEnds() {
        ScriptedConsumer consumer = ScriptedConsumer.earliest(T0, T1);
        consumer.updateEndOffsets(Map.of(T0, 42L, T1, 43L));
        Bench bench = new Bench(consumer, true, 1000, FOR_EVER);
        consumer.failNextPosition(new TimeoutException("no leader"));
        bench.assign(T0, T1);
        assertThat(consumer.paused()).hasSize(1);

        bench.turn();
        assertThat(consumer.paused()).isEmpty();
        assertThat(consumer.committedOffset(T0)).isEqualTo(42);
        assertThat(consumer.committedOffset(T1)).isEqualTo(43);
    }

    /** A broker that does not answer takes the fetcher's time, which the other partitions need. */
    @Test
    void last_asksSeldom_whereNobodyAnswersInTime() {
        ScriptedConsumer consumer = ScriptedConsumer.earliest(T0, T1);
        consumer.updateEndOffsets(Map.of(T0, 42L, T1, 43L));
        Bench bench = new Bench(consumer, true, 1000, FOR_EVER);
        AtomicInteger asked = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            consumer.failNextPosition(new TimeoutException("no leader"), () -> {
                asked.incrementAndGet();
                bench.now += Duration.ofSeconds(1).toNanos();
            });
        }
        bench.assign(T0);
        assertThat(asked).hasValue(1);
        for (int i = 0; i < 80; i++) {
            bench.turn();
            bench.now += Duration.ofMillis(100).toNanos();
        }
        assertThat(asked).as("after 8 s").hasValue(1);
        for (int i = 0; i < 20; i++) {
            bench.turn();
            bench.now += Duration.ofMillis(100).toNanos();
        }
        assertThat(asked).as("after 11 s").hasValue(2);

        bench.assign(T0, T1);
        assertThat(asked).as("a new partition is asked for at once").hasValueGreaterThan(2);
    }

    @Test
    void last_fetchesNothing_beforeItIsKnownWhetherTheGroupHasACommit() {
        Bench bench = last(42);
        bench.consumer.failNextLookup(new TimeoutException("no coordinator"));
        bench.assign(T0);
        for (int i = 0; i < 50; i++) {
            bench.consumer.addRecord(record(i, "a"));
        }
        assertThat(bench.consumer.paused()).containsExactly(T0);
        bench.consumer.failNextLookup(new TimeoutException("no coordinator"));
        bench.turn();
        assertThat(bench.consumer.paused()).containsExactly(T0);
        assertThat(bench.take(1)).isNull();

        bench.turn();
        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(bench.take(100).record(0).offset()).isEqualTo(42);
    }

    @Test
    void last_readsFromTheFirstMoment() {
        Bench bench = last(42);
        bench.assign(T0);
        assertThat(bench.consumer.paused()).as("not only from the next turn on").isEmpty();
    }

    @Test
    void first_commitsNoStartPosition() {
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.turn();
        bench.tick();
        bench.assign();

        assertThat(bench.consumer.commits()).isEmpty();
    }

    // ---- stop

    @Test
    void drainingAssignment_dropsWhatWaits_ignoresNewPartitionsAndRecords_andPausesAll() { // R45
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run running = bench.begin();
        bench.assignment.beginDrain();
        assertThat(bench.assignment.running()).isEqualTo(1);

        bench.assign(T0, T1);
        bench.polled(T0, 2, "c");
        bench.turn();
        assertThat(bench.owned()).extracting(OwnedPartition::topicPartition).containsExactly(T0);
        assertThat(bench.consumer.paused()).containsExactlyInAnyOrder(T0, T1);
        assertThat(bench.take(1)).isNull();

        Bench.finish(running);
        assertThat(bench.assignment.running()).isZero();
        assertThat(bench.assignment.endAll(A_MOMENT)).containsExactly(Map.entry(T0, 1L));
        assertThat(bench.consumer.committedOffset(T0)).isEqualTo(1);
        assertThat(bench.counters.givenBack.sum()).isEqualTo(1);
    }

    @Test
    void endOfAll_fencesWhatStillRuns() { // R1
        Bench bench = Bench.first();
        bench.assign(T0);
        bench.polled(T0, 0, "a", "b");
        Run running = bench.begin();
        bench.assignment.beginDrain();

        assertThat(bench.assignment.endAll(A_MOMENT)).containsExactly(Map.entry(T0, 0L));
        Bench.finish(running);
        assertThat(bench.consumer.committedOffset(T0)).isZero();
        assertThat(bench.partitions.held()).isZero();
    }

    // ---- broken engines

    @Test
    void control_newPartitionBeginsAtItsEnd() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Assignment.java",
                        "long start = first == null || first.timestamp() > latest ? end : Math.min(first.offset(), end);",
                        "long start = end;"),
                AssignmentTest.class,
                "last_beginsWithTheFirstRecordThatWasPushedAfterTheStart");
    }

    @Test
    void control_lostPartitionsAreCommitted() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Assignment.java",
                        "log.warn(\"lost {}",
                        "committer.commitNow(leaving, Membership.COMMIT_TIMEOUT); log.warn(\"lost {}"),
                AssignmentTest.class,
                "lostPartition_commitsNothing_andDoesNotWait");
    }

    @Test
    void control_revokeWaitsForAllPartitions() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Assignment.java",
                        "for (OwnedPartition partition : leaving) {\n            try {",
                        "leaving.addAll(owned.values());\n"
                                + "        for (OwnedPartition partition : leaving) {\n            try {"),
                AssignmentTest.class,
                "revoke_waitsOnlyForTheRevokedPartitions");
    }

    @Test
    void control_logThatWasCutIsReadFromThere() throws Exception {
        Broken.assertCaught(
                Mutant.of("Assignment.java", "long start = Math.min(offset, notDone);", "long start = offset;"),
                AssignmentTest.class,
                "logThatWasCut_isReadAgainFromTheFirstRecordThatIsNotDone");
    }

    @Test
    void control_startIsFetchedBeforeItIsCommitted() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Assignment.java",
                        "return partition == null || partition.committed() >= 0;",
                        "return partition == null || partition.position() >= 0;"),
                AssignmentTest.class,
                "last_fetchesNothing_beforeItsStartIsCommitted");
    }

    @Test
    void control_pausesAreRememberedInsteadOfReconciled() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "Assignment.java",
                        "Set<TopicPartition> paused = consumer.paused();",
                        "Set<TopicPartition> paused = Set.of();"),
                AssignmentTest.class,
                "partition_thatTheConsumerPausedByItself_isResumed");
    }

    @Test
    void control_positionsOfPollsWithoutRecordsAreIgnored() throws Exception {
        Broken.assertCaught(
                Mutant.of("Assignment.java", "partition.add(polled, position, to);", """
                        if (!polled.isEmpty()) {
                            partition.add(polled, polled.get(polled.size() - 1).offset() + 1);
                        }"""),
                AssignmentTest.class,
                "pollsWithoutRecords_advanceTheWatermark");
    }

    @Test
    void control_theConsumerBeginsByItself() throws Exception {
        Broken.assertCaught(
                Mutant.of("Assignment.java", " || unknownStarts.contains(tp);", ";"),
                AssignmentTest.class,
                "last_fetchesNothing_beforeItIsKnownWhetherTheGroupHasACommit");
    }

    @Test
    void control_revokeDoesNotFence() throws Exception {
        Broken.assertCaught(
                Mutant.of("PartitionQueue.java", "boolean current = run.epoch == epoch", "boolean current = true"),
                AssignmentTest.class,
                "key_thatStillRuns_waitsInTheNextAssignment_andItsOldEndCountsForNothing");
    }

    /** A start at the end, 42, of a partition whose first record since the start of the queue is of that time. */
    private static Bench lastWithARecordOf(Instant time, long offset) {
        Bench bench = last(42);
        bench.consumer.firstSince(T0, time.toEpochMilli(), offset);
        bench.assign(T0);
        bench.tick();
        return bench;
    }

    private static Bench last(long end) {
        ScriptedConsumer consumer = ScriptedConsumer.earliest(T0);
        consumer.updateEndOffsets(Map.of(T0, end));
        return new Bench(consumer, true, 1000, A_MOMENT);
    }
}
