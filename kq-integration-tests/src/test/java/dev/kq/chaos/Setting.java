package dev.kq.chaos;

import dev.kq.GroupProtocol;
import dev.kq.Ordering;
import dev.kq.WorkerKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.RangeAssignor;

/** What a queue and its topic are like. */
record Setting(Group group, WorkerKind workers, Ordering ordering, TopicKind topic) {
    /** The three ways in which a group can share out its partitions. */
    enum Group {
        EAGER,
        COOPERATIVE,
        KIP_848;

        GroupProtocol protocol() {
            return this == KIP_848 ? GroupProtocol.CONSUMER : GroupProtocol.CLASSIC;
        }

        /** Sessions of 6 s; those of KIP-848 are the broker's. */
        Map<String, String> properties() {
            Map<String, String> properties = new LinkedHashMap<>();
            if (this != KIP_848) {
                properties.put("session.timeout.ms", "6000");
                properties.put("heartbeat.interval.ms", "1000");
            }
            if (this == EAGER) {
                properties.put("partition.assignment.strategy", RangeAssignor.class.getName());
            }
            return properties;
        }
    }

    /** What leaves gaps in the offsets, and what does not. */
    enum TopicKind {
        PLAIN,
        TRANSACTIONAL,
        COMPACTED;

        Map<String, String> configs() {
            return this == COMPACTED
                    ? Map.of(
                            "cleanup.policy", "compact",
                            "segment.ms", "2000",
                            "segment.bytes", "1048576",
                            "min.cleanable.dirty.ratio", "0.01",
                            "min.compaction.lag.ms", "0",
                            "max.compaction.lag.ms", "1000",
                            "delete.retention.ms", "100")
                    : Map.of();
        }
    }

    /** Any setting that this JVM can run. */
    static Setting draw(Random random) {
        return new Setting(
                one(List.of(Group.values()), random),
                one(workerKinds(), random),
                one(List.of(Ordering.values()), random),
                one(List.of(TopicKind.values()), random));
    }

    static List<WorkerKind> workerKinds() {
        List<WorkerKind> kinds = new ArrayList<>(List.of(WorkerKind.PLATFORM));
        if (Runtime.version().feature() >= 21) {
            kinds.add(WorkerKind.VIRTUAL);
        }
        return kinds;
    }

    private static <T> T one(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** The properties of its consumers. */
    Map<String, String> consumerProperties() {
        Map<String, String> properties = group.properties();
        if (topic == TopicKind.TRANSACTIONAL) {
            properties.put("isolation.level", "read_committed");
        }
        return properties;
    }
}
