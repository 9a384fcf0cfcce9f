package dev.kq.testkit.guarantee;

import dev.kq.Ordering;
import dev.kq.testkit.guarantee.Evidence.Disturbance;
import dev.kq.testkit.guarantee.Evidence.Ending;
import dev.kq.testkit.guarantee.Evidence.Letter;
import dev.kq.testkit.guarantee.Evidence.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Collects {@link Evidence} from the event logs and from the brokers. Not thread-safe. */
public final class EvidenceBuilder {
    private static final long SETTLE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int SECONDS = 60;

    /** How far the wall clock may have gone from the monotonic one while it all ran. */
    private static final int CLOCKS_APART_MILLIS = 50;

    private final Path folder;
    private final Set<String> killed = new HashSet<>();
    private final Map<String, Integer> exitCodes = new HashMap<>();
    private final List<Disturbance> disturbances = new ArrayList<>();
    private final Map<Integer, Long> committed = new HashMap<>();
    private final Map<Integer, Long> ends = new HashMap<>();
    private final List<Letter> letters = new ArrayList<>();
    private Ordering ordering = Ordering.KEY;
    private TopicRecords.Builder records = TopicRecords.builder();
    private boolean compacted;

    EvidenceBuilder(Path folder) {
        this.folder = folder;
    }

    /** What the queues promise to keep in order; default {@link Ordering#KEY}. */
    public EvidenceBuilder ordering(Ordering value) {
        ordering = value;
        return this;
    }

    /** The process was killed: it may have left everything undone. */
    public EvidenceBuilder killed(String process) {
        killed.add(process);
        return this;
    }

    /** The exit code of a process that was told to stop; default 0. */
    public EvidenceBuilder exited(String process, int code) {
        exitCodes.put(process, code);
        return this;
    }

    /** Something happened to the brokers or to the network, after which records may come again for 5 more seconds. */
    public EvidenceBuilder disturbed(long fromNanos, long toNanos) {
        disturbances.add(new Disturbance(Disturbance.ALL, fromNanos, toNanos + SETTLE_NANOS));
        return this;
    }

    /**
     * The topic is compacted: a record may vanish before anybody saw it, if there is a later one of its key. One that
     * has vanished is not missed, not in the order of its key either: another process may go on with the later one
     * while the first still has it in its hands.
     */
    public EvidenceBuilder compacted() {
        compacted = true;
        return this;
    }

    /** What there was to handle, if it is not to be read from the broker. */
    public EvidenceBuilder records(TopicRecords.Builder value) {
        records = value;
        return this;
    }

    /**
     * Asks the brokers what the topic holds, where it ends and what the group has committed.
     *
     * @param clientProperties how to connect
     * @throws IllegalStateException if they do not answer
     */
    public EvidenceBuilder broker(Map<String, Object> clientProperties, String topic, String group) {
        records = TopicRecords.read(clientProperties, topic);
        try (Admin admin = Admin.create(clientProperties)) {
            Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
            for (int p = 0; p < records.build().partitions(); p++) {
                asked.put(new TopicPartition(topic, p), OffsetSpec.latest());
            }
            get(admin.listOffsets(asked).all()).forEach((tp, end) -> ends.put(tp.partition(), end.offset()));
            get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .forEach((tp, offset) -> {
                        if (tp.topic().equals(topic)) {
                            committed.put(tp.partition(), offset.offset());
                        }
                    });
        }
        return this;
    }

    /**
     * Reads the dead letters that came from the topic.
     *
     * @param deadLetterTopic where they are. If its {@code message.timestamp.type} is {@code LogAppendTime} and the
     *     brokers run on this machine, it is also checked that no commit passed a letter before it was there
     * @throws IllegalStateException if it takes more than a minute
     */
    public EvidenceBuilder deadLetters(Map<String, Object> clientProperties, String deadLetterTopic, String topic) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        long nanosAtEpoch = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(deadLetterTopic).stream()
                    .map(info -> new TopicPartition(deadLetterTopic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> lettersEnd = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (lettersEnd.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(200))) {
                    if (topic.equals(header(letter, "kq-original-topic"))) {
                        letters.add(new Letter(
                                Integer.parseInt(header(letter, "kq-original-partition")),
                                Long.parseLong(header(letter, "kq-original-offset")),
                                letter.timestampType() == TimestampType.LOG_APPEND_TIME
                                        ? nanosAtEpoch
                                                + TimeUnit.MILLISECONDS.toNanos(
                                                        letter.timestamp() - CLOCKS_APART_MILLIS)
                                        : Long.MIN_VALUE));
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("Topic " + deadLetterTopic + " cannot be read to its end");
                }
            }
        }
        return this;
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    /**
     * Reads the event logs and puts everything together.
     *
     * @throws UncheckedIOException if a log cannot be read
     */
    public Evidence collect() {
        List<Run> runs = runs();
        List<Disturbance> all = new ArrayList<>(disturbances);
        for (Run run : runs) {
            run.freezes().forEach(f -> all.add(new Disturbance(f.run(), f.from(), f.to() + SETTLE_NANOS)));
            if (run.ending() == Ending.KILLED && !run.events().isEmpty()) {
                long last = run.events().get(run.events().size() - 1).nanos();
                all.add(new Disturbance(run.name(), last, last + SETTLE_NANOS));
            }
        }
        return new Evidence(ordering, toHandle(runs), letters, runs, all, committed, ends);
    }

    private List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(EventLog.SUFFIX))
                    .sorted()
                    .forEach(file -> runs.add(run(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return runs;
    }

    private Run run(Path file) {
        String fileName = file.getFileName().toString();
        String name = fileName.substring(0, fileName.length() - EventLog.SUFFIX.length());
        EventReader reader = new EventReader(file, event -> {});
        reader.refresh();
        List<Event> events = reader.events();
        boolean consumed = events.stream().anyMatch(event -> event.kind() != Event.Kind.PUSHED);
        boolean stopped = events.stream().anyMatch(event -> event.kind() == Event.Kind.STOPPED);
        Ending ending =
                killed.contains(name) ? Ending.KILLED : stopped || !consumed ? Ending.TERMINATED : Ending.STILL_RUNNING;
        return new Run(name, ending, exitCodes.getOrDefault(name, 0), events);
    }

    /**
     * What the broker has, and what was acknowledged and is not there any more: a broker that lost it does not make it
     * less of a loss. Only compaction does.
     */
    private TopicRecords toHandle(List<Run> runs) {
        if (!compacted) {
            runs.forEach(run -> add(run.events(Event.Kind.PUSHED)));
        }
        return records.build();
    }

    private void add(List<Event> events) {
        for (Event event : events) {
            if (!records.has(event.partition(), event.offset())) {
                records.add(event.partition(), event.offset(), event.text());
            }
        }
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The brokers do not say", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }
}
