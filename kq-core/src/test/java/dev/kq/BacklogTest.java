package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private final Lanes lanes = new Lanes(Ordering.KEY);
    private final Backlog backlog = new Backlog(lanes);
    private final Run run = new Run();
    private final Polled first = polled(10, 1, "a", "b", "c");
    private final Polled second = polled(20, 2, "a", "d");

    @Test
    void sweep_takesWhatWaitsLongest_overSeveralPolls() {
        add(first, second);
        assertThat(backlog.waiting()).isEqualTo(5);
        assertThat(backlog.firstPolledNanos()).isEqualTo(1);

        assertThat(sweep(4)).containsExactly(10L, 11L, 12L, 20L);
        assertThat(backlog.waiting()).isEqualTo(1);
        assertThat(backlog.firstPolledNanos()).isEqualTo(2);
        assertThat(sweep(4)).containsExactly(21L);
        assertThat(backlog.waiting()).isZero();
        assertThat(sweep(4)).isEmpty();
    }

    @Test
    void whatIsSwept_isHeldUntilItIsDone() {
        add(first, second);
        long bytes = Stream.of(first, second)
                .flatMap(polled -> IntStream.range(0, polled.size()).mapToObj(polled::record))
                .mapToLong(FlowControl::bytesOf)
                .sum();
        assertThat(backlog.bytes()).isEqualTo(bytes);
        sweep(5);
        assertThat(backlog.size()).isEqualTo(5);
        assertThat(backlog.bytes()).isEqualTo(bytes);
        long ofOne = FlowControl.bytesOf(first.record(1));
        backlog.done(first, 1, 1);

        assertThat(backlog.size()).isEqualTo(4);
        assertThat(backlog.bytes()).isEqualTo(bytes - ofOne);
        backlog.done(first, 0, 1);
        backlog.done(first, 2, 1);
        backlog.done(second, 0, 1);
        backlog.done(second, 1, 1);
        assertThat(backlog.size()).isZero();
        assertThat(backlog.bytes()).isZero();
    }

    @Test
    void whatIsGivenBack_waitsInFrontInItsOldOrder() {
        add(first, second);
        sweep(5);
        backlog.giveBack(second, 1);
        backlog.giveBack(second, 0);
        backlog.giveBack(first, 2);

        assertThat(backlog.waiting()).isEqualTo(3);
        assertThat(sweep(9)).containsExactly(12L, 20L, 21L);
    }

    @Test
    void sort_givesEverythingThatWaitsToTheLanes() {
        add(first, second);
        sweep(1);
        backlog.sort();

        assertThat(backlog.waiting()).isZero();
        assertThat(backlog.size()).as("the one being swept").isEqualTo(1);
        assertThat(lanes.size()).isEqualTo(4);
        assertThat(lanes.available()).isEqualTo(4);
        assertThat(lanes.polls()).isEqualTo(2);
        assertThat(IntStream.range(0, 4).mapToObj(i -> lanes.record(lanes.takeReady())))
                .extracting(ConsumerRecord::offset)
                .containsExactly(11L, 12L, 20L, 21L);
    }

    @Test
    void pollIsLetGo_whenTheLastOfItIsDone_whetherSweptOrInALane() {
        add(first);
        sweep(1);
        backlog.sort();
        for (int lane = 0; lane < 2; lane++) {
            lanes.release(lanes.takeReady());
        }
        assertThat(lanes.polls()).isEqualTo(1);
        backlog.done(first, 0, 1);

        assertThat(lanes.polls()).isZero();
    }

    @Test
    void keepRunning_makesARunningLaneOfASweptRecord_withItsKeyShut() {
        add(first);
        sweep(2);
        int done = backlog.keepRunning(first, 1);
        int slot = backlog.keepRunning(first, 0);
        assertThat(lanes.record(done).offset()).isEqualTo(11);
        lanes.release(done);
        add(second);
        backlog.sort();

        assertThat(lanes.record(slot).offset()).isEqualTo(10);
        assertThat(backlog.size()).isZero();
        assertThat(backlog.bytes()).isZero();
        assertThat(lanes.available()).as("c and d, not the second a").isEqualTo(2);
        lanes.release(slot);
        assertThat(lanes.available()).isEqualTo(3);
    }

    @Test
    void drop_forgetsWhatWaits_andKeepsWhatIsSwept() {
        add(first, second);
        sweep(2);

        assertThat(backlog.drop()).isEqualTo(3);
        assertThat(backlog.waiting()).isZero();
        assertThat(backlog.size()).isEqualTo(2);
        assertThat(backlog.drop()).isZero();
        backlog.done(first, 0, 1);
        backlog.done(first, 1, 1);
        assertThat(backlog.bytes()).isZero();
    }

    private void add(Polled... polls) {
        for (Polled polled : polls) {
            backlog.add(polled);
        }
    }

    private List<Long> sweep(int max) {
        run.clear();
        run.begin(0, 0);
        backlog.sweep(run, max);
        return IntStream.range(0, run.size())
                .mapToObj(i -> run.record(i).offset())
                .toList();
    }

    private static Polled polled(long offset, long nanos, String... keys) {
        return new Polled(
                IntStream.range(0, keys.length)
                        .mapToObj(i -> Records.record(offset + i, keys[i]))
                        .toList(),
                offset,
                nanos);
    }
}
