package dev.kq;

import static dev.kq.Records.TP;
import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StuckRunsTest {
    private final Queue<PartitionQueue> line = new ConcurrentLinkedQueue<>();
    private final PartitionQueue queue =
            new PartitionQueue(TP, Ordering.KEY, new FlowControl(1000, 1 << 20), line::add);
    private final int epoch = queue.open(() -> {});
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();
    private final QueueTimer timer = new QueueTimer(WorkerThreads.platform("stuck-timer-"), fatal::set);
    private final StuckRuns stuck = new StuckRuns(timer);
    private long position;

    @AfterEach
    void stop() {
        timer.stop();
        assertThat(fatal).hasNullValue();
    }

    @Test
    void recordsBehindASlowOne_areGivenToOthers() {
        Run slow = watchedRun();

        Run other = takeSoon();
        assertThat(other.record(0).offset()).isEqualTo(1);
        Bench.finish(other);
        Bench.finish(slow);
        assertThat(queue.watermark(epoch)).isEqualTo(2);
    }

    @Test
    void watch_beginsAgain_afterAQuietTime() {
        for (int i = 0; i < 5; i++) {
            Run slow = watchedRun();
            Bench.finish(takeSoon());
            Bench.finish(slow);
            stuck.remove(slow);
        }
        assertThat(queue.watermark(epoch)).isEqualTo(10);
    }

    @Test
    void recordsOfARunThatTakesLong_oneByOne_areGivenToOthersToo() {
        List<Runnable> looks = new ArrayList<>();
        StuckRuns watch = new StuckRuns(new QueueTimer(Bench.alarmsInto(looks), fatal::set));
        add("a", "b", "c", "d");
        Run slow = Bench.take(line, 10);
        watch.add(slow);
        watch.watch();

        slow.claim();
        looks.remove(0).run();
        assertThat(Bench.take(line, 1)).as("given back at the first look").isNull();
        slow.claim();
        looks.remove(0).run();
        Run other = Bench.take(line, 10);
        assertThat(other).as("given back at the second look").isNotNull();
        assertThat(other.record(0).offset()).isEqualTo(2);
        Bench.finish(other);
        Bench.finish(slow);
        assertThat(queue.watermark(epoch)).isEqualTo(4);
    }

    @Test
    void control_onlyAWorkerThatStandsStillIsHelped() throws Exception {
        Broken.assertCaught(
                Mutant.of("Run.java", "return (progress ^ other) >>> 32 == 0;", "return progress == other;"),
                StuckRunsTest.class,
                "recordsOfARunThatTakesLong_oneByOne_areGivenToOthersToo");
    }

    @Test
    void runThatHoldsUpItsThread_isReportedAtEachLook_untilItMayLast() {
        List<Runnable> looks = new ArrayList<>();
        StuckRuns watch = new StuckRuns(new QueueTimer(Bench.alarmsInto(looks), fatal::set));
        List<Integer> told = new ArrayList<>();
        Run run = new Run(null, told::add);
        add("a");
        assertThat(line.remove().take(run, 1)).isTrue();
        run.claim();
        watch.add(run);
        watch.watch();

        looks.remove(0).run();
        assertThat(told).isEmpty();
        looks.remove(0).run();
        looks.remove(0).run();
        assertThat(told).containsExactly(1, 2);
        run.mayLast();
        looks.remove(0).run();
        assertThat(told).containsExactly(1, 2);
        assertThat(looks).isEmpty();
        Bench.finish(run);
    }

    @Test
    void runThatHasGoneOn_sinceTheLookBegan_isNotReported() {
        List<Runnable> looks = new ArrayList<>();
        StuckRuns watch = new StuckRuns(new QueueTimer(Bench.alarmsInto(looks), fatal::set));
        List<Integer> told = new ArrayList<>();
        Run run = new Run(null, told::add);
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        PartitionQueue partition = new PartitionQueue(TP, Ordering.KEY, new FlowControl(1000, 1 << 20), offered -> {
            line.add(offered);
            meanwhile.getAndSet(() -> {}).run();
        });
        int opened = partition.open(() -> {});
        partition.add(opened, List.of(record(0, "a"), record(1, "b")), 2, System.nanoTime());
        assertThat(line.remove().take(run, 2)).isTrue();
        run.claim();
        watch.add(run);
        watch.watch();

        looks.remove(0).run();
        meanwhile.set(() -> {
            Bench.finish(run);
            assertThat(line.remove().take(run, 2)).isTrue();
            run.claim();
        });
        looks.remove(0).run();
        assertThat(told).isEmpty();
        Bench.finish(run);
        assertThat(partition.watermark(opened)).isEqualTo(2);
    }

    @Test
    void looksGoOn_whateverOneMeets() {
        List<Runnable> looks = new ArrayList<>();
        StuckRuns watch = new StuckRuns(new QueueTimer(Bench.alarmsInto(looks), fatal::set));
        Run run = new Run(null, times -> {
            throw new OutOfMemoryError("test");
        });
        add("a");
        assertThat(line.remove().take(run, 1)).isTrue();
        run.claim();
        watch.add(run);
        watch.watch();

        looks.remove(0).run();
        looks.remove(0).run();
        assertThat(fatal.getAndSet(null)).hasMessage("test");
        assertThat(looks).hasSize(1);
        Bench.finish(run);
    }

    @Test
    void runOfOneRecord_isLeftAlone() {
        add("a");
        Run single = Bench.take(line, 1);
        single.claim();
        stuck.add(single);

        assertThat(single.mayHoldOthersUp()).isFalse();
        assertThat(single.partition).isSameAs(queue);
    }

    private Run watchedRun() {
        add("a", "b");
        Run slow = Bench.take(line, 10);
        slow.claim();
        stuck.add(slow);
        stuck.watch();
        return slow;
    }

    private void add(String... keys) {
        for (String key : keys) {
            ConsumerRecord<byte[], byte[]> r = record(position++, key);
            queue.add(epoch, List.of(r), position, 0);
        }
    }

    private Run takeSoon() {
        Run[] run = new Run[1];
        Eventually.await("a record given back", () -> (run[0] = Bench.take(line, 1)) != null);
        return run[0];
    }
}
