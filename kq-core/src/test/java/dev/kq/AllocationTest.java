package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the engine allocates for each record on its way from poll to commit, on all its threads. The records themselves
 * are there before, and the handler looks at nothing, so all of it is the engine's.
 */
@Timeout(120)
class AllocationTest {
    private static final long BUDGET = 100;
    private static final int PARTITIONS = 8;
    private static final int KEYS = 10_000;
    private static final int POLL = 500;
    private static final int HELD = 8 * POLL;

    @Test
    void engineAllocatesNoMoreThanItsBudget_perRecord() {
        assertThat(bytesPerRecord(100_000, 300_000)).isBetween(1.0, (double) BUDGET);
    }

    @Test
    void control_engineAllocatesABufferForEachRecord() throws Exception {
        Mutant mutant =
                // A hash code is never negative, and the compiler does not know that it could leave the buffer out.
                Mutant.of(
                        "RunHandler.java", "handled++;", "handled++; handled += new byte[100].hashCode() < 0 ? 1 : 0;");
        assertThat((double) mutant.call(AllocationTest.class, "bytesPerRecord", 20_000, 50_000))
                .isGreaterThan(BUDGET);
    }

    @SuppressWarnings("unused") // the control calls it by its name
    static double bytesPerRecord(int warmUp, int records) {
        TopicPartition[] partitions = new TopicPartition[PARTITIONS];
        Arrays.setAll(partitions, i -> new TopicPartition("t", i));
        ScriptedConsumer consumer = ScriptedConsumer.earliest(partitions);
        KqConf conf = KqConf.builder()
                .name("allocation")
                .brokers("localhost:1")
                .group("g")
                .topic("t")
                .offset(StartOffset.FIRST)
                .consumers(1)
                .processors(2)
                .build();
        KqQueue queue = KqQueue.builder(conf)
                .consumers(n -> consumer)
                .messageHandler(message -> {})
                .build();
        queue.start();
        try {
            consumer.insidePoll(() -> consumer.rebalance(List.of(partitions)));
            Feed feed = new Feed(queue, consumer, partitions);
            feed.handle(warmUp);
            long[] threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("kq-allocation-"))
                    .mapToLong(Thread::getId)
                    .toArray();
            assertThat(threads).hasSizeGreaterThan(3);
            long before = allocated(threads);
            feed.handle(records);
            return (allocated(threads) - before) / (double) records;
        } finally {
            queue.stop();
        }
    }

    private static long allocated(long[] threads) {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(bean.getThreadAllocatedBytes(threads)).sum();
    }

    /** Gives the queue records, no more than it would hold. */
    private static final class Feed {
        private final KqQueue queue;
        private final ScriptedConsumer consumer;
        private final TopicPartition[] partitions;
        private final long[] ends;
        private long given;

        Feed(KqQueue queue, ScriptedConsumer consumer, TopicPartition[] partitions) {
            this.queue = queue;
            this.consumer = consumer;
            this.partitions = partitions;
            ends = new long[partitions.length];
        }

        void handle(int records) {
            long until = given + records;
            while (given < until) {
                await(given - HELD);
                int partition = (int) (given / POLL % partitions.length);
                consumer.nextResult(poll(partition));
                given += POLL;
            }
            await(given);
        }

        private void await(long handled) {
            while (queue.handled() < handled) {
                LockSupport.parkNanos(20_000);
            }
        }

        private ConsumerRecords<byte[], byte[]> poll(int partition) {
            TopicPartition tp = partitions[partition];
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < POLL; i++) {
                records.add(Records.record(tp, ends[partition]++, "key-" + (given + i) * 7919 % KEYS, "value"));
            }
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            next.put(tp, new OffsetAndMetadata(ends[partition]));
            return new ConsumerRecords<>(Map.of(tp, records), next);
        }
    }
}
