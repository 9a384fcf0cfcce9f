package dev.kq.chaos;

import dev.kq.DeadLetter;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Message;
import dev.kq.Ordering;
import dev.kq.RetryConf;
import dev.kq.StartOffset;
import dev.kq.WorkerKind;
import dev.kq.chaos.Setting.Group;
import dev.kq.chaos.Setting.TopicKind;
import dev.kq.testkit.guarantee.EventLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A round in this JVM: one queue all the time, a second one that comes and goes, handlers that outlast a rebalance, and
 * a dead-letter topic that takes nothing for a while. When each of it happens is drawn from the seed.
 *
 * <p>Takes and gives only what the JDK has, so that it can be run on an engine that another class loader loaded.
 */
final class SmallRound {
    private static final int PER_SECOND = 500;

    private final Map<String, String> arguments;
    private final String topic;
    private final Path folder;
    private final Random random;
    private final Duration longestStep;
    private final Admin admin;

    /** One of a hundred handlers of the first queue takes so long. */
    private volatile int longMillis;

    private volatile @Nullable Throwable failure;

    private SmallRound(Map<String, String> arguments) {
        this.arguments = arguments;
        topic = arguments.get("topic");
        folder = Path.of(arguments.get("folder"));
        longestStep = Duration.parse(arguments.get("longestStep"));
        random = new Random(Long.parseLong(arguments.get("seed")));
        admin = Admin.create(Map.of("bootstrap.servers", arguments.get("brokers")));
    }

    /**
     * Runs it. The evidence is in the folder and at the brokers; a step that does not come to its end is the last one.
     *
     * <p>In every other visit of the second queue, from the first one on, handlers take long.
     *
     * @param arguments {@code folder}, {@code brokers}, {@code topic} (made, with 4 partitions), {@code dead} (made),
     *     {@code seed}, {@code cycles}, {@code group}, {@code workers}, {@code ordering}, {@code kind},
     *     {@code longestStep}
     */
    @SuppressWarnings("unused") // called by its name
    public static void run(Map<String, String> arguments) throws Exception {
        SmallRound round = new SmallRound(arguments);
        try {
            round.play();
        } finally {
            round.admin.close();
        }
    }

    private void play() throws Exception {
        TopicKind kind = TopicKind.valueOf(arguments.get("kind"));
        Map<String, Object> client = new HashMap<>(Map.of("bootstrap.servers", arguments.get("brokers")));
        try (Feed feed = new Feed(client, topic, kind, folder)) {
            feed.push(300);
            feed.start(PER_SECOND);
            Queue first = new Queue("first-1", true);
            try {
                for (int cycle = 1; cycle <= Integer.parseInt(arguments.get("cycles")); cycle++) {
                    first = cycle(first, cycle);
                }
                longMillis = 0;
                feed.finish();
                await(this::allCommitted);
            } finally {
                first.stop();
            }
        }
    }

    private Queue cycle(Queue first, int number) throws Exception {
        await(first.handledMore(50 + random.nextInt(100)));
        int millis = 1_000 + random.nextInt(1_000);
        longMillis = number % 2 == 1 ? millis : 0;
        await(first.handledMore(100 + random.nextInt(100)));
        Queue second = new Queue("second-" + number, false);
        try {
            await(second.handledMore(20 + random.nextInt(50)));
        } finally {
            second.stop();
        }
        await(first.handledMore(100 + random.nextInt(200)));
        longMillis = 0;
        deadLettersAway();
        if (random.nextBoolean()) {
            await(first.handledMore(100));
            first.stop();
            return new Queue("first-" + (number + 1), true);
        }
        return first;
    }

    private void deadLettersAway() throws Exception {
        takeLetters(false);
        TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(1_000));
        takeLetters(true);
    }

    /** Whether the topic takes records; one whose largest record is a byte takes none. */
    private void takeLetters(boolean take) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, arguments.get("dead")),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("max.message.bytes", take ? "1048588" : "1"),
                                AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    private boolean allCommitted() {
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(topic)
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
            for (int p = 0; p < 4; p++) {
                asked.put(new TopicPartition(topic, p), OffsetSpec.latest());
            }
            for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end :
                    admin.listOffsets(asked).all().get().entrySet()) {
                OffsetAndMetadata offset = committed.get(end.getKey());
                if (end.getValue().offset() != (offset == null ? 0 : offset.offset())) {
                    return false;
                }
            }
            return true;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void await(BooleanSupplier condition) {
        Awaitility.await()
                .atMost(longestStep)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> failure != null || condition.getAsBoolean());
        if (failure != null) {
            throw new AssertionError("a queue failed", failure);
        }
    }

    /** A queue under its event log. */
    private final class Queue {
        private final EventLog log;
        private final KqQueue queue;
        private final boolean takesLong;

        Queue(String name, boolean takesLong) {
            this.takesLong = takesLong;
            log = EventLog.open(folder, name, topic);
            Setting setting = new Setting(
                    Group.valueOf(arguments.get("group")),
                    WorkerKind.valueOf(arguments.get("workers")),
                    Ordering.valueOf(arguments.get("ordering")),
                    TopicKind.valueOf(arguments.get("kind")));
            Map<String, String> properties = new HashMap<>(setting.consumerProperties());
            properties.put("heartbeat.interval.ms", "300");
            if (setting.group() == Group.KIP_848) {
                properties.remove("heartbeat.interval.ms");
            }
            properties.putAll(log.consumerProperties());
            KqConf conf = KqConf.builder()
                    .name(name)
                    .brokers(arguments.get("brokers"))
                    .topic(topic)
                    .group(topic)
                    .groupProtocol(setting.group().protocol())
                    .workers(setting.workers())
                    .ordering(setting.ordering())
                    .deadLetterTopic(arguments.get("dead"))
                    .offset(StartOffset.FIRST)
                    .minBytes(1)
                    .consumers(2)
                    .processors(16)
                    .drainTimeout(Duration.ofMillis(takesLong ? 300 : 5_000))
                    .commitInterval(Duration.ofMillis(50))
                    .retry(new RetryConf(2, Duration.ofMillis(20), Duration.ofMillis(20), 1, 0))
                    .properties(properties)
                    .build();
            queue = KqQueue.builder(conf)
                    .interceptor(log.interceptor())
                    .messageHandler(this::handle)
                    .build();
            queue.start();
            log.started();
            queue.ended().whenComplete((nothing, failed) -> {
                if (failed != null) {
                    log.died(failed);
                    SmallRound.this.failure = failed;
                }
            });
        }

        private void handle(Message message) throws Exception {
            ThreadLocalRandom luck = ThreadLocalRandom.current();
            int dice = luck.nextInt(1000);
            int longNow = longMillis;
            if (takesLong && longNow > 0 && dice < 10) {
                TimeUnit.MILLISECONDS.sleep(longNow);
            } else if (dice < 250) {
                TimeUnit.MICROSECONDS.sleep(luck.nextInt(40_000));
            } else if (dice < 255) {
                throw new DeadLetter("not wanted");
            } else if (dice < 265) {
                throw new Exception("not this time");
            }
        }

        BooleanSupplier handledMore(int count) {
            long target = queue.handled() + count;
            return () -> queue.handled() >= target;
        }

        void stop() {
            if (takesLong && failure == null) {
                longMillis = 0;
                // What takes long is done before it stops, or it would be left behind on purpose.
                Awaitility.await()
                        .pollDelay(Duration.ofMillis(2_100))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> true);
            }
            try {
                log.stopped(queue.stop());
            } finally {
                log.close();
            }
        }
    }
}
