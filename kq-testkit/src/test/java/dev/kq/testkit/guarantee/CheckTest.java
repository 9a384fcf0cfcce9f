package dev.kq.testkit.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.Ordering;
import dev.kq.testkit.guarantee.Evidence.Disturbance;
import dev.kq.testkit.guarantee.Evidence.Ending;
import dev.kq.testkit.guarantee.Evidence.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each check on logs made by hand: silent on what may happen, red on what must not. The one partition has the records
 * a0 b1 a2 b3.
 */
class CheckTest {
    private static final TopicRecords RECORDS = TopicRecords.builder()
            .add(0, 0, "a")
            .add(0, 1, "b")
            .add(0, 2, "a")
            .add(0, 3, "b")
            .build();
    private static final long SECOND = 1_000_000_000L;

    private static final Run ALL_DONE = run(
            "POLLED 1 0 0 4 c",
            "BEGAN 2 0 0 0 a",
            "BEGAN 3 0 1 1 b",
            "ENDED 4 0 1 1 b",
            "BEGAN 5 0 3 3 b",
            "ENDED 6 0 0 0 a",
            "COMMITTED 7 0 2 2 c",
            "BEGAN 8 0 2 2 a",
            "ENDED 9 0 3 3 b",
            "ENDED 10 0 2 2 a",
            "COMMITTED 11 0 4 4 c",
            "STOPPED 12 0 4 4 report");

    private static Run run(String... lines) {
        return new Run(
                "one", Ending.TERMINATED, 0, Stream.of(lines).map(Event::parse).toList());
    }

    /** The same run with a line before the one given, or instead of it. */
    private static Run changed(String at, String... instead) {
        List<Event> events = new ArrayList<>();
        boolean found = false;
        for (Event event : ALL_DONE.events()) {
            if (event.line().equals(at)) {
                Stream.of(instead).map(Event::parse).forEach(events::add);
                found = true;
            } else {
                events.add(event);
            }
        }
        assertThat(found).isTrue();
        return new Run("one", Ending.TERMINATED, 0, events);
    }

    private static Evidence evidence(Run... runs) {
        return evidence(Ordering.KEY, runs);
    }

    private static Evidence evidence(Ordering ordering, Run... runs) {
        return new Evidence(ordering, RECORDS, List.of(), List.of(runs), List.of(), Map.of(0, 4L), Map.of(0, 4L));
    }

    private static void assertOnly(Evidence evidence, Check check, String breach) {
        assertThat(check.breaches(evidence)).singleElement().asString().startsWith(breach);
    }

    @Test
    void whatMayHappen_isNoBreach() {
        for (Check check : List.of(
                new LossCheck(),
                new CommitCheck(),
                new KeyOrderCheck(),
                new OverlapCheck(),
                new EndStateCheck(),
                new ProgressCheck(Duration.ofSeconds(1)),
                new RepeatCheck())) {
            assertThat(check.breaches(evidence(ALL_DONE))).as(check.name()).isEmpty();
        }
        Guarantees.check(evidence(ALL_DONE)).assertKept();
    }

    @Test
    void loss_aRecordThatWasBegunOnly_isLost() {
        assertOnly(evidence(changed("ENDED 9 0 3 3 b")), new LossCheck(), "lost: 0@3");
        assertOnly(evidence(changed("ENDED 9 0 3 3 b", "FAILED 9 0 3 3 b")), new LossCheck(), "lost: 0@3");
    }

    @Test
    void loss_aRecordThatWasNeverPushed_isMadeUp() {
        assertOnly(evidence(ALL_DONE, run("BEGAN 20 0 4 4 a", "ENDED 21 0 4 4 a")), new LossCheck(), "made up: one");
        assertOnly(evidence(ALL_DONE, run("BEGAN 20 0 3 3 a", "ENDED 21 0 3 3 a")), new LossCheck(), "made up: one");
    }

    @Test
    void commit_aboveAnUnfinishedRecord_isABreach() {
        assertOnly(
                evidence(changed("COMMITTED 7 0 2 2 c", "COMMITTED 7 0 3 3 c")),
                new CommitCheck(),
                "committed too early: one committed 0@3");
        assertOnly(evidence(changed("ENDED 10 0 2 2 a")), new CommitCheck(), "committed too early: one committed 0@4");
    }

    @Test
    void commit_thatGoesBack_isABreach() {
        Run back = changed("STOPPED 12 0 4 4 report", "COMMITTED 12 0 2 2 c");
        assertOnly(evidence(back), new CommitCheck(), "commit went back: one committed 0@2 after 4");
    }

    @Test
    void order_aRecordBegunBeforeTheOneBeforeItIsDone_hasOvertakenIt() {
        Run overtaking = changed("BEGAN 5 0 3 3 b", "BEGAN 3 0 3 3 b");
        assertOnly(evidence(overtaking), new KeyOrderCheck(), "overtaking: one began 0@3 of b before @1");
    }

    @Test
    void order_overtakingInAnotherProcess_isABreachToo() {
        Run ahead = run("POLLED 4 0 2 4 d", "BEGAN 5 0 2 2 a", "ENDED 6 0 2 2 a");
        assertOnly(evidence(ALL_DONE, ahead), new KeyOrderCheck(), "overtaking: one began 0@2 of a before @0");
    }

    @Test
    void order_backWithoutANewAssignment_isABreach() {
        Run back = changed("ENDED 10 0 2 2 a", "ENDED 10 0 2 2 a", "BEGAN 10 0 0 0 a", "ENDED 10 0 0 0 a");
        assertOnly(evidence(back), new KeyOrderCheck(), "order: one began 0@0 of a after @2");
        Run backByAssignment = changed("COMMITTED 7 0 2 2 c", "POLLED 7 0 0 4 c", "BEGAN 7 0 0 0 a", "ENDED 7 0 0 0 a");
        assertThat(new KeyOrderCheck().breaches(evidence(backByAssignment))).isEmpty();
    }

    @Test
    void order_aNewAssignmentBelowWhatIsCommitted_isABreach() {
        Run later = run("POLLED 20 0 3 4 d", "BEGAN 21 0 3 3 b", "ENDED 22 0 3 3 b");
        assertOnly(evidence(ALL_DONE, later), new KeyOrderCheck(), "rewind: one read 0 from @3, but @4 was committed");
        Run before = run("POLLED 8 0 2 4 d", "BEGAN 9 0 2 2 a", "ENDED 10 0 2 2 a");
        assertThat(new KeyOrderCheck().breaches(evidence(ALL_DONE, before))).isEmpty();
    }

    @Test
    void order_aFrozenInstanceMayKnowWhatWasCommittedBefore() {
        Run frozen = run(
                "STATUS 6 -1 0 0 UP", "STATUS " + (6 + 3 * SECOND) + " -1 0 0 UP", "POLLED " + 4 * SECOND + " 0 2 4 d");
        assertThat(frozen.freezes()).hasSize(1);
        assertThat(new KeyOrderCheck().breaches(evidence(ALL_DONE, frozen))).isEmpty();
    }

    @Test
    void overlap_twoFlightsOfAKeyInOneProcess_areABreach() {
        Run overlap = changed("ENDED 6 0 0 0 a", "BEGAN 6 0 2 2 a", "ENDED 6 0 0 0 a");
        assertThat(new OverlapCheck().breaches(evidence(overlap)))
                .isNotEmpty()
                .allSatisfy(breach -> assertThat(breach).startsWith("overlap: one began 0@2 of a while"));
        Run elsewhere = run("POLLED 2 0 0 4 d", "BEGAN 3 0 0 0 a", "ENDED 12 0 0 0 a");
        assertThat(new OverlapCheck().breaches(evidence(ALL_DONE, elsewhere))).isEmpty();
    }

    @Test
    void endState_notEverythingCommitted_isABreach() {
        Evidence behind = new Evidence(
                Ordering.KEY, RECORDS, List.of(), List.of(ALL_DONE), List.of(), Map.of(0, 3L), Map.of(0, 4L));
        assertOnly(
                behind,
                new EndStateCheck(),
                "end: partition 0 has 3 committed, its log ends at 4, its last record at 4");
        Evidence never =
                new Evidence(Ordering.KEY, RECORDS, List.of(), List.of(ALL_DONE), List.of(), Map.of(), Map.of(0, 4L));
        assertOnly(never, new EndStateCheck(), "end: partition 0 has 0 committed");
    }

    @Test
    void endState_aStopThatLeavesSomething_isABreach() {
        Run leaving = changed("STOPPED 12 0 4 4 report", "STOPPED 12 1 4 4 report");
        assertOnly(evidence(leaving), new EndStateCheck(), "end: one left something running");
        Run miscounted = changed("STOPPED 12 0 4 4 report", "STOPPED 12 0 5 5 report");
        assertOnly(evidence(miscounted), new EndStateCheck(), "end: one handled 4 but reports");
        assertOnly(evidence(changed("STOPPED 12 0 4 4 report")), new EndStateCheck(), "end: one wrote 0 stop reports");
        Run failed = new Run("one", Ending.TERMINATED, 3, ALL_DONE.events());
        assertOnly(evidence(failed), new EndStateCheck(), "end: one ended with 3");
        Run running = new Run("one", Ending.STILL_RUNNING, 0, ALL_DONE.events());
        assertOnly(evidence(running), new EndStateCheck(), "end: one still runs");
    }

    @Test
    void endState_aKilledProcess_mayLeaveEverything_butNotDieByItself() {
        Run killed = new Run("one", Ending.KILLED, 137, run("BEGAN 1 0 0 0 a").events());
        assertThat(new EndStateCheck().breaches(evidence(ALL_DONE, killed))).isEmpty();
        Run died = new Run("one", Ending.KILLED, 137, run("DIED 1 -1 0 0 Error").events());
        assertOnly(evidence(ALL_DONE, died), new EndStateCheck(), "died: one, Error");
    }

    @Test
    void repeat_ofFinishedRecords_isABreachUnlessSomethingHappened() {
        Run again = run("POLLED 20 0 2 4 d", "BEGAN 21 0 2 2 a", "ENDED 22 0 2 2 a");
        Evidence quiet = evidence(ALL_DONE, again);
        assertOnly(quiet, new RepeatCheck(), "repeat: one began to read partition 0 at @2");
        Evidence disturbed = new Evidence(
                Ordering.KEY,
                RECORDS,
                List.of(),
                List.of(ALL_DONE, again),
                List.of(new Disturbance("one", 15, 15)),
                Map.of(0, 4L),
                Map.of(0, 4L));
        assertThat(new RepeatCheck().breaches(disturbed)).isEmpty();
        assertThat(RepeatCheck.repeats(disturbed)).isEqualTo(1);
        assertThat(RepeatCheck.bound(disturbed)).isEqualTo(2);
        Evidence longAgo = new Evidence(
                Ordering.KEY,
                RECORDS,
                List.of(),
                List.of(ALL_DONE, again),
                List.of(new Disturbance("one", 10 * SECOND, 10 * SECOND)),
                Map.of(0, 4L),
                Map.of(0, 4L));
        assertOnly(longAgo, new RepeatCheck(), "repeat: one began to read partition 0 at @2");
    }

    @Test
    void repeat_ofWhatWasFinishedBehindAnUnfinishedRecord_isNoBreach() {
        Run handedOver = run(
                "POLLED 1 0 0 4 c",
                "BEGAN 2 0 1 1 b",
                "ENDED 3 0 1 1 b",
                "POLLED 5 0 0 4 d",
                "BEGAN 6 0 0 0 a",
                "ENDED 7 0 0 0 a",
                "BEGAN 8 0 1 1 b",
                "ENDED 9 0 1 1 b");
        Evidence evidence = evidence(handedOver);
        assertThat(new RepeatCheck().breaches(evidence)).isEmpty();
        assertThat(RepeatCheck.repeats(evidence)).isEqualTo(1);
        assertThat(RepeatCheck.bound(evidence)).isEqualTo(1);
    }

    @Test
    void repeat_withoutBeingReadAgain_isABreach() {
        Run twice = changed("ENDED 4 0 1 1 b", "ENDED 4 0 1 1 b", "BEGAN 4 0 1 1 b", "ENDED 4 0 1 1 b");
        assertOnly(evidence(twice), new RepeatCheck(), "repeat: 1 records came again, but only 0");
    }

    @Test
    void progress_aPartitionThatStandsStillWithLag_isAStall() {
        ProgressWatch watch = new ProgressWatch(2, Duration.ofSeconds(3), 0);
        long[] pushed = {10, 10};
        for (int second = 1; second <= 3; second++) {
            assertThat(watch.look(second * SECOND, pushed, new long[] {10, 4})).isEmpty();
        }
        assertThat(watch.look(4 * SECOND, pushed, new long[] {10, 5})).isEmpty(); // moves, and begins anew
        for (int second = 5; second <= 7; second++) {
            assertThat(watch.look(second * SECOND, pushed, new long[] {10, 5})).isEmpty();
        }
        assertThat(watch.look(8 * SECOND, pushed, new long[] {10, 5}))
                .singleElement()
                .asString()
                .startsWith("stall: partition 1 stands at 5 of 10");
        assertThat(watch.longestNanos()).isEqualTo(4 * SECOND);
    }

    @Test
    void progress_timeInWhichNobodyLooked_countsOnlyALittle() {
        ProgressWatch watch = new ProgressWatch(1, Duration.ofSeconds(3), 0);
        assertThat(watch.look(60 * SECOND, new long[] {10}, new long[] {0})).isEmpty();
        assertThat(watch.longestNanos()).isEqualTo(SECOND);
    }

    @Test
    void progress_standingStillWithLag_isAStall_alsoAfterwards() {
        List<String> lines = new ArrayList<>(List.of("PUSHED 1 0 3 3 b", "POLLED 2 0 0 4 c", "COMMITTED 3 0 2 2 c"));
        for (int second = 1; second <= 5; second++) {
            lines.add("STATUS " + second * SECOND + " -1 2 2 UP");
        }
        Evidence standing = evidence(run(lines.toArray(String[]::new)));
        assertThat(new ProgressCheck(Duration.ofSeconds(6)).breaches(standing)).isEmpty();
        assertOnly(standing, new ProgressCheck(Duration.ofSeconds(3)), "stall: partition 0 stands at 2 of 4");
        lines.add(4, "COMMITTED " + 5 * SECOND / 2 + " 0 3 3 c");
        Evidence moving = evidence(run(lines.toArray(String[]::new)));
        assertThat(new ProgressCheck(Duration.ofSeconds(3)).breaches(moving)).isEmpty();
    }

    @Test
    void order_anotherAttemptIsNoStepBack_butAnEarlierRecordIs() {
        Run retried = changed("ENDED 10 0 2 2 a", "FAILED 10 0 2 1 a", "BEGAN 10 0 2 2 a", "ENDED 10 0 2 2 a");
        assertThat(new KeyOrderCheck().breaches(evidence(retried))).isEmpty();
        Run back = changed("ENDED 10 0 2 2 a", "FAILED 10 0 2 1 a", "BEGAN 10 0 0 1 a", "ENDED 10 0 0 1 a");
        assertOnly(evidence(back), new KeyOrderCheck(), "order: one began 0@0 of a after @2");
    }

    @Test
    void ordering_byPartition_concernsAllKeys_andNoneConcernsNothing() {
        assertThat(new OverlapCheck().breaches(evidence(Ordering.PARTITION, ALL_DONE)))
                .isNotEmpty()
                .allSatisfy(breach -> assertThat(breach).startsWith("overlap: one began"));
        assertThat(new KeyOrderCheck().breaches(evidence(Ordering.PARTITION, ALL_DONE)))
                .isNotEmpty();
        Run overtaking = changed("BEGAN 5 0 3 3 b", "BEGAN 3 0 3 3 b");
        assertThat(new KeyOrderCheck().breaches(evidence(Ordering.NONE, overtaking)))
                .isEmpty();
        assertThat(new OverlapCheck().breaches(evidence(Ordering.NONE, overtaking)))
                .isEmpty();
    }

    @Test
    void deadLetter_isDone_whenTheBrokerHasIt() {
        Run failed = changed("ENDED 10 0 2 2 a", "FAILED 10 0 2 2 a");
        assertThat(new LossCheck().breaches(withLetter(failed, 10))).isEmpty();
        assertThat(new CommitCheck().breaches(withLetter(failed, 10))).isEmpty();
        assertThat(new CommitCheck().breaches(withLetter(failed, Long.MIN_VALUE)))
                .isEmpty();
        assertOnly(evidence(failed), new LossCheck(), "lost: 0@2");
        assertOnly(withLetter(failed, 20), new CommitCheck(), "committed too early: one committed 0@4");
    }

    private static Evidence withLetter(Run run, long nanos) {
        return new Evidence(
                Ordering.KEY,
                RECORDS,
                List.of(new Evidence.Letter(0, 2, nanos)),
                List.of(run),
                List.of(),
                Map.of(0, 4L),
                Map.of(0, 4L));
    }

    @Test
    void gapsInTheOffsets_areNoNewAssignment_andMayBeCommitted() {
        TopicRecords gaps = TopicRecords.builder()
                .add(0, 0, "a")
                .add(0, 5, "a")
                .add(0, 9, "a")
                .build();
        Run run = run(
                "POLLED 1 0 0 1 c",
                "BEGAN 2 0 0 1 a",
                "ENDED 3 0 0 1 a",
                "COMMITTED 4 0 5 5 c",
                "POLLED 5 0 5 6 c",
                "POLLED 5 0 9 10 c",
                "BEGAN 6 0 5 1 a",
                "ENDED 7 0 5 1 a",
                "BEGAN 8 0 9 1 a",
                "ENDED 9 0 9 1 a",
                "COMMITTED 10 0 11 11 c",
                "STOPPED 12 0 3 3 report");
        assertThat(Reread.of(run, gaps)).hasSize(1);
        Guarantees.check(withGaps(gaps, run)).assertKept();
        Run early = new Run(
                "one",
                Ending.TERMINATED,
                0,
                run.events().stream()
                        .map(e -> e.line().equals("COMMITTED 4 0 5 5 c") ? Event.parse("COMMITTED 4 0 6 6 c") : e)
                        .toList());
        assertOnly(withGaps(gaps, early), new CommitCheck(), "committed too early: one committed 0@6");
        Run beyond = new Run(
                "one",
                Ending.TERMINATED,
                0,
                Stream.concat(run.events().stream(), Stream.of(Event.parse("COMMITTED 11 0 12 12 c")))
                        .toList());
        assertOnly(
                withGaps(gaps, beyond), new CommitCheck(), "committed too early: one committed 0@12, beyond the end");
    }

    private static Evidence withGaps(TopicRecords records, Run run) {
        return new Evidence(Ordering.KEY, records, List.of(), List.of(run), List.of(), Map.of(0, 11L), Map.of(0, 11L));
    }

    @Test
    void verdict_namesWhatWasBroken() {
        Verdict verdict = Guarantees.check(evidence(changed("ENDED 9 0 3 3 b")));
        assertThat(verdict.breached()).contains("LossCheck", "CommitCheck");
        assertThat(verdict.toString()).contains("4 records").contains("lost: 0@3");
        assertThatThrownBy(verdict::assertKept).isInstanceOf(AssertionError.class);
    }

    @Test
    void repeat_ofAHandlerThatOutlastedTheDrain_isNoBreach() {
        Run outlasting = run(
                "POLLED 1 0 0 4 c",
                "BEGAN 2 0 0 1 a",
                "POLLED 3 0 0 4 d",
                "BEGAN 4 0 0 1 a",
                "ENDED " + SECOND + " 0 0 1 a",
                "POLLED " + 2 * SECOND + " 0 0 4 c",
                "BEGAN " + 2 * SECOND + " 0 0 1 a",
                "ENDED " + 2 * SECOND + " 0 0 1 a");
        assertThat(new RepeatCheck().breaches(evidence(outlasting))).isEmpty();
        Run quick = run(
                "POLLED 1 0 0 4 c",
                "BEGAN 2 0 0 1 a",
                "ENDED 3 0 0 1 a",
                "POLLED " + 2 * SECOND + " 0 0 4 d",
                "BEGAN " + 2 * SECOND + " 0 0 1 a",
                "ENDED " + 2 * SECOND + " 0 0 1 a");
        assertOnly(evidence(quick), new RepeatCheck(), "repeat: one began to read partition 0 at @0");
    }

    @Test
    void repeat_ofARecordThatTwoHandlersOfAnInstanceHave_isNoBreach() {
        for (List<String> ends : List.of(List.of("5", SECOND + ""), List.of(SECOND + "", SECOND + 5 + ""))) {
            Run twoAtOnce = run(
                    "POLLED 1 0 0 4 c",
                    "BEGAN 2 0 0 1 a",
                    "POLLED 3 0 0 4 d",
                    "BEGAN 4 0 0 1 a",
                    "ENDED " + ends.get(0) + " 0 0 1 a",
                    "ENDED " + ends.get(1) + " 0 0 1 a");
            assertThat(new RepeatCheck().breaches(evidence(twoAtOnce))).isEmpty();
            assertThat(RepeatCheck.repeats(evidence(twoAtOnce))).isEqualTo(1);
            assertThat(RepeatCheck.bound(evidence(twoAtOnce))).isEqualTo(1);
        }
    }

    @Test
    void repeat_ofWhatWasFinishedTwoAssignmentsAgo_isNoBreach() {
        Run twice = run(
                "POLLED 1 0 0 4 c",
                "BEGAN 2 0 0 1 a", // goes on
                "BEGAN 2 0 1 1 b",
                "ENDED 3 0 1 1 b",
                "POLLED 4 0 0 4 d",
                "BEGAN 5 0 0 1 a",
                "ENDED 6 0 0 1 a", // @1 it did not get to
                "COMMITTED 7 0 1 1 d",
                "POLLED 8 0 1 4 c",
                "BEGAN 9 0 1 1 b",
                "ENDED 10 0 1 1 b");
        assertThat(new RepeatCheck().breaches(evidence(twice))).isEmpty();
    }

    @Test
    void aPartitionThatWasGivenUp_isReadAnew_alsoFromWhereItWas() {
        Run back = run("POLLED 1 0 0 2 c", "REVOKED 2 0 0 0 c", "POLLED 3 0 2 4 c");
        assertThat(Reread.of(back, RECORDS)).hasSize(2);
        Run on = run("POLLED 1 0 0 2 c", "REVOKED 2 1 0 0 c", "POLLED 3 0 2 4 c");
        assertThat(Reread.of(on, RECORDS)).hasSize(1);
    }

    @Test
    void loss_whatWasAcknowledgedAndCompactedAway_isNotMadeUp() {
        Run handled = run("PUSHED 19 0 7 7 c", "BEGAN 20 0 7 1 c", "ENDED 21 0 7 1 c");
        assertThat(new LossCheck().breaches(evidence(ALL_DONE, handled))).isEmpty();
    }
}
