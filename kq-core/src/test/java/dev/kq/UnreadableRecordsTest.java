package dev.kq;

import static dev.kq.Bench.T0;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

/**
 * A partition that cannot be read and leaves meanwhile; the rest is in {@code FetcherTest} and {@code UnreadableTest}.
 */
class UnreadableRecordsTest {
    private final KafkaException damaged = new KafkaException("damaged");

    private final Bench bench = Bench.first();
    private final UnreadableRecords unreadable = new UnreadableRecords(
            bench.consumer,
            bench.assignment,
            0,
            new Fetcher.Shared(
                    KqConf.builder()
                            .brokers("a:1")
                            .group("g")
                            .topic("t")
                            .retry(new RetryConf(5, Duration.ZERO, Duration.ZERO, 1, 0))
                            .build(),
                    number -> bench.consumer,
                    bench.partitions,
                    bench.counters,
                    bench.health,
                    () -> false,
                    failure -> {},
                    () -> {},
                    (credit, lasting) ->
                            new ShortWay(new WorkQueue(), new Pace(), null, failure -> {}, credit, lasting),
                    "fetcher-",
                    Surroundings.REAL));

    @Test
    void partitionThatLeftAndCameBack_goesOnWhereItsConsumerIs() {
        unreadableAt50();
        leaveAndComeBack();
        unreadable.tick(System.nanoTime());

        assertGoesOnFromWhatIsCommitted();
    }

    @Test
    void partitionThatLeavesAndComesBackWhileItIsFetchedAgain_goesOnWhereItsConsumerIs() {
        unreadableAt50();
        bench.consumer.insidePoll(this::leaveAndComeBack);
        unreadable.tick(System.nanoTime());

        assertGoesOnFromWhatIsCommitted();
    }

    @Test
    void partitionThatStayed_isFetchedAgainFromThere() {
        unreadableAt50();
        unreadable.tick(System.nanoTime());

        assertThat(bench.consumer.position(T0)).isEqualTo(50);
        bench.assignment.reconcilePauses(false);
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void control_troubleOutlivesItsAssignment() throws Exception {
        Broken.assertCaught(
                Mutant.of(
                        "UnreadableRecords.java",
                        "if (!isStill(trouble.owner)) {",
                        "if (!consumer.assignment().contains(tp)) {"),
                UnreadableRecordsTest.class,
                "partitionThatLeftAndCameBack_goesOnWhereItsConsumerIs");
    }

    @Test
    void control_whatIsFetchedAgainIsSoughtWhateverCame() throws Exception {
        Broken.assertCaught(
                Mutant.of("UnreadableRecords.java", "if (isStill(owner)) {", "if (assignment.owned(tp) != null) {"),
                UnreadableRecordsTest.class,
                "partitionThatLeavesAndComesBackWhileItIsFetchedAgain_goesOnWhereItsConsumerIs");
    }

    /** Records from 40 on are held and not done. */
    private void unreadableAt50() {
        bench.assign(T0);
        bench.polled(T0, 40, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
        bench.consumer.seek(T0, 50);
        bench.consumer.failPollsOf(T0, damaged);
        assertThat(unreadable.found(damaged)).isTrue();
        bench.consumer.failPollsOf(T0, null);
    }

    /** Within one poll. */
    private void leaveAndComeBack() {
        bench.consumer.rebalance(List.of());
        bench.consumer.rebalance(List.of(T0));
    }

    private void assertGoesOnFromWhatIsCommitted() {
        assertThat(bench.consumer.position(T0)).isEqualTo(40);
        bench.consumer.addRecord(Records.record(T0, 40, "a", "v"));
        bench.turn();
        Run run = bench.take(10);
        assertThat(run).isNotNull();
        assertThat(run.record(0).offset()).isEqualTo(40);
    }
}
