package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kq.pusher.Ledger.Entry;
import dev.kq.testkit.EmbeddedKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Eight threads push while brokers restart; {@code -Dkq.ledger.pushes=100000} sets how many pushes each makes. Every
 * partition has three replicas: a broker that restarts knows only the last batch of each producer from its log, so with
 * a single replica Kafka itself may write the batches before it again.
 */
@Timeout(600)
class PusherLedgerTest {
    private static final int THREADS = 8;
    private static final int KEYS_PER_THREAD = 5;
    private static final int PUSHES = Integer.getInteger("kq.ledger.pushes", 10_000);

    private final Set<Entry> acknowledged = ConcurrentHashMap.newKeySet();

    @Test
    void everyAcknowledgedPush_isThereOnceAndInOrderAfterARestart() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().nodes(3).start()) {
            kafka.createTopic("ledger", 6, 3);
            CloseReport report;
            try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers()), "ledger")) {
                List<Thread> threads = startPushing(pusher);
                for (int restart = 1; restart <= 2; restart++) {
                    awaitDelivered(pusher, (long) THREADS * PUSHES * restart / 4);
                    kafka.stopNode(restart);
                    kafka.startNode(restart);
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                report = pusher.close(Duration.ofMinutes(2));
            }

            List<Entry> read = new ArrayList<>();
            TopicReader.all(kafka, "ledger")
                    .forEach(record -> read.add(new Entry(record.key(), Integer.parseInt(record.value()))));
            assertThat(Ledger.problems(new HashSet<>(acknowledged), read)).isEmpty();
            assertThat(report).isEqualTo(new CloseReport((long) THREADS * PUSHES, 0, 0));
            assertThat(acknowledged).hasSize(THREADS * PUSHES);
        }
    }

    private List<Thread> startPushing(Pusher pusher) {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int thread = t;
            threads.add(new Thread(() -> push(pusher, thread), "pushing-" + t));
        }
        threads.forEach(Thread::start);
        return threads;
    }

    private void push(Pusher pusher, int thread) {
        for (int i = 0; i < PUSHES; i++) {
            Entry entry = new Entry("t" + thread + "-k" + i % KEYS_PER_THREAD, i / KEYS_PER_THREAD);
            CompletableFuture<Void> unused = pusher.push(entry.key(), String.valueOf(entry.number()))
                    .thenAccept(result -> acknowledged.add(entry));
        }
    }

    private static void awaitDelivered(Pusher pusher, long records) {
        await().atMost(Duration.ofMinutes(2)).until(() -> pusher.stats().delivered() >= records);
    }
}
