package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.pusher.PushRecord;
import dev.kq.pusher.PushResult;
import dev.kq.pusher.Pusher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** From the pusher through the broker to the queue. */
class PushTest extends BrokerTest {
    private List<String> brokers() {
        return List.of(kafka.bootstrapServers().split(","));
    }

    @Test
    void whatIsPushed_isHandledInTheOrderOfItsKey() throws Exception {
        kafka.createTopic(topic, 3);
        List<CompletableFuture<PushResult>> results = new ArrayList<>();
        try (Pusher pusher = new Pusher(brokers(), topic)) {
            for (int i = 0; i < 3_000; i++) {
                results.add(pusher.push(PushRecord.builder()
                        .key("k" + i % 10)
                        .value(Integer.toString(i))
                        .header("of", "k" + i % 10)
                        .build()));
            }
        }
        assertThat(results).allMatch(result -> result.isDone() && !result.isCompletedExceptionally());

        Map<String, List<Integer>> byKey = new ConcurrentHashMap<>();
        KqQueue queue = start(KqQueue.builder(conf().build())
                .messageHandler(message -> byKey.computeIfAbsent(
                                new String(message.headers().lastHeader("of").value(), StandardCharsets.UTF_8),
                                k -> new CopyOnWriteArrayList<>())
                        .add(Integer.valueOf(String.valueOf(message.value())))));
        awaitReconciled(queue);
        assertThat(byKey).hasSize(10);
        byKey.values()
                .forEach(values -> assertThat(values).hasSize(300).isSorted().doesNotHaveDuplicates());
    }

    /** The broker keeps a number for each producer, so that a batch that is sent again is not written again. */
    @Test
    void pushes_areIdempotent() throws Exception {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = new Pusher(brokers(), topic);
                Admin admin = Admin.create(kafka.clientProperties())) {
            PushResult last = pusher.pushSync("k", "0");
            for (int i = 1; i < 10; i++) {
                last = pusher.pushSync("k", Integer.toString(i));
            }
            assertThat(last.offset()).isEqualTo(9);
            notOnOldest("a look at the producers of a partition came with Kafka 2.8");
            TopicPartition partition = new TopicPartition(topic, 0);
            List<ProducerState> producers = admin.describeProducers(List.of(partition))
                    .partitionResult(partition)
                    .get(30, TimeUnit.SECONDS)
                    .activeProducers();
            assertThat(producers).singleElement().satisfies(producer -> {
                assertThat(producer.producerId()).isNotNegative();
                assertThat(producer.lastSequence()).isEqualTo(9);
            });
        }
    }

    @Test
    void transactions_areReadWhenTheyAreCommitted_andNotAtAllIfNot() throws Exception {
        kafka.createTopic(topic, 2);
        try (Pusher pusher =
                Pusher.builder(brokers(), topic).transactionalId(topic).build()) {
            pusher.inTransaction(tx -> {
                tx.push("a", "1");
                tx.push("b", "1");
            });
            assertThatThrownBy(() -> pusher.inTransaction(tx -> {
                        tx.push("a", "rolled back");
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            pusher.inTransaction(tx -> tx.push("a", "2"));
        }
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue queue = start(
                conf().property("isolation.level", "read_committed").build(),
                (key, value) -> seen.add(key + "=" + value));
        awaitReconciled(queue);
        assertThat(seen).containsExactlyInAnyOrder("a=1", "b=1", "a=2").containsSubsequence("a=1", "a=2");
    }
}
