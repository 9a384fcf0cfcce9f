package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Handlers that take no time, so that one worker at a time sweeps a partition, while partitions move. */
class SweepTest extends BrokerTest {
    private static final int KEYS = 500;

    private final AtomicIntegerArray last = new AtomicIntegerArray(KEYS);
    private final AtomicIntegerArray handlers = new AtomicIntegerArray(KEYS);
    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();
    private volatile boolean pushing = true;
    private volatile int rounds;

    @ParameterizedTest
    @EnumSource(GroupMode.class)
    void membersComeAndGo_nothingIsLost_orderHolds(GroupMode mode) throws Exception {
        notOnOldest(mode);
        kafka.createTopic(topic, 6);
        KqConf conf = mode.applyTo(conf().consumers(2)).build();
        Thread pusher = new Thread(this::push, "pusher");
        pusher.start();
        List<KqQueue> members = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                KqQueue member = start(conf, this::handle);
                members.add(member);
                await().until(() -> member.handled() > 50_000 && sweeps(member));
                if (i > 0) {
                    members.get(i - 1).close();
                }
            }
        } finally {
            pushing = false;
            pusher.join();
        }
        await().untilAsserted(() -> assertThat(IntStream.range(0, KEYS).map(last::get))
                .as("the last round of each key")
                .containsOnly(rounds));
        awaitReconciled(members.get(2));
        assertThat(breaches).isEmpty();
    }

    /** Whether records are held that have no lanes, though they have keys. */
    private static boolean sweeps(KqQueue queue) {
        for (JsonNode partition : queue.state().toJson().get("partitions")) {
            if (partition.get("held").asInt() > 0 && partition.get("lanes").asInt() == 0) {
                return true;
            }
        }
        return false;
    }

    /** A record may come again, and those behind it, but none may be left out, whichever member it comes to. */
    private void handle(String key, String value) {
        int k = Integer.parseInt(key);
        int round = Integer.parseInt(value);
        if (handlers.getAndSet(k, 1) != 0) {
            breaches.add("two handlers have " + key + " at " + value);
        }
        int before = last.getAndSet(k, round);
        if (round > before + 1) {
            breaches.add(key + " came to " + value + " after " + before);
        }
        handlers.set(k, 0);
    }

    private void push() {
        Map<String, Object> properties = kafka.clientProperties();
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (int round = 1; pushing; round++) {
                for (int key = 0; key < KEYS; key++) {
                    Future<RecordMetadata> unused = producer.send(
                            new ProducerRecord<>(topic, Integer.toString(key), Integer.toString(round)),
                            (metadata, failure) -> {
                                if (failure != null) {
                                    breaches.add("not pushed: " + failure);
                                }
                            });
                }
                rounds = round;
                LockSupport.parkNanos(1_000_000); // half a million a second are enough
            }
        }
    }
}
