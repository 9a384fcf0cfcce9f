package dev.kq.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.chaos.Evidence.Disturbance;
import dev.kq.chaos.Evidence.Ending;
import dev.kq.chaos.Evidence.Push;
import dev.kq.chaos.Evidence.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each check of the scenarios on logs made by hand: silent on what may happen, red on what must not. The one partition
 * has the records a0 b1 a2 b3.
 */
class CheckTest {
    private static final List<List<Push>> PUSHED =
            List.of(List.of(new Push("a", 0), new Push("b", 0), new Push("a", 1), new Push("b", 1)));
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
        return new Evidence(PUSHED, List.of(runs), List.of(), Map.of(0, 4L), Map.of(0, 4L));
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
                new RepeatCheck())) {
            assertThat(check.breaches(evidence(ALL_DONE))).as(check.toString()).isEmpty();
        }
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
        Evidence behind = new Evidence(PUSHED, List.of(ALL_DONE), List.of(), Map.of(0, 3L), Map.of(0, 4L));
        assertOnly(behind, new EndStateCheck(), "end: partition 0 has 3 committed, its log ends at 4, 4 were pushed");
        Evidence never = new Evidence(PUSHED, List.of(ALL_DONE), List.of(), Map.of(), Map.of(0, 4L));
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
                PUSHED,
                List.of(ALL_DONE, again),
                List.of(new Disturbance("one", 15, 15)),
                Map.of(0, 4L),
                Map.of(0, 4L));
        assertThat(new RepeatCheck().breaches(disturbed)).isEmpty();
        assertThat(RepeatCheck.repeats(disturbed)).isEqualTo(1);
        assertThat(RepeatCheck.bound(disturbed)).isEqualTo(2);
        Evidence longAgo = new Evidence(
                PUSHED,
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
        ProgressWatch watch = new ProgressWatch(2, 3 * SECOND, 0);
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
        ProgressWatch watch = new ProgressWatch(1, 3 * SECOND, 0);
        assertThat(watch.look(60 * SECOND, new long[] {10}, new long[] {0})).isEmpty();
        assertThat(watch.longestNanos()).isEqualTo(SECOND);
    }
}
