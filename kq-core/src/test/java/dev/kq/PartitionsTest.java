package dev.kq;

import static dev.kq.Bench.T0;
import static dev.kq.Bench.T1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class PartitionsTest {
    private final Bench bench = Bench.first();
    private final Partitions partitions = bench.partitions;

    @Test
    void partition_isForgottenWhenNothingOfItRuns() {
        OwnedPartition owned = partitions.open(T0, () -> {});
        add(owned);
        Run run = bench.begin();
        partitions.end(owned);
        assertThat(partitions.running()).isEqualTo(1);

        Bench.finish(run);
        partitions.end(partitions.open(T1, () -> {}));
        assertThat(partitions.held()).isZero();
        assertThat(partitions.running()).isZero();
    }

    /** All fetchers open what they get at the same moment; what one of them opens, another must not forget. */
    @Test
    void partitionThatComesBack_isNotForgottenByAnotherFetcher() throws Exception {
        int rounds = 3_000;
        CyclicBarrier together = new CyclicBarrier(2);
        Thread other = new Thread(() -> {
            for (int i = 0; i < rounds; i++) {
                await(together);
                partitions.end(partitions.open(T1, () -> {}));
                await(together);
            }
        });
        other.start();
        for (int i = 0; i < rounds; i++) {
            OwnedPartition before = partitions.open(T0, () -> {});
            add(before);
            Run run = bench.begin();
            partitions.end(before);
            Bench.finish(run); // abandoned now, and not forgotten yet
            await(together);
            OwnedPartition again = partitions.open(T0, () -> {});
            await(together);
            add(again);
            assertThat(partitions.held()).as("round %d", i).isEqualTo(1);
            again.close();
            partitions.end(again);
        }
        other.join();
    }

    @Test
    void control_lookingAndRemovingAreTwoSteps() throws Exception {
        Broken.assertCaught(
                Mutant.of("Partitions.java", "queues.keySet().forEach(this::forgetIfAbandoned);", """
                        queues.forEach((tp, queue) -> {
                            if (queue.abandoned()) {
                                Thread.yield();
                                queues.remove(tp, queue);
                            }
                        });"""),
                PartitionsTest.class,
                "partitionThatComesBack_isNotForgottenByAnotherFetcher");
    }

    private void add(OwnedPartition owned) {
        owned.add(List.of(Records.record(owned.topicPartition(), 0, "a", "v")), 1);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
