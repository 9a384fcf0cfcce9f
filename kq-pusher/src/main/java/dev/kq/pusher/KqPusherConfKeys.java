package dev.kq.pusher;

import dev.kq.conf.Connection;
import dev.kq.conf.Findings;
import dev.kq.conf.Key;
import dev.kq.conf.Section;
import dev.kq.pusher.KqPusherConf.Draft;
import java.time.Duration;
import java.util.List;

/** The keys of a pusher's section: the one table that loading, checking, toString and the documentation follow. */
final class KqPusherConfKeys {
    private static final Duration DAY = Duration.ofDays(1);

    static final Section<Draft, KqPusherConf> SECTION = Section.of(Draft::new, KqPusherConf::new)
            .including(Connection.section(), draft -> draft.connection)
            .keys(List.of(
                    Key.<Draft>text(
                                    "Topic",
                                    "topic",
                                    TopicNames.ALLOWED,
                                    TopicNames::wrong,
                                    draft -> draft.topic,
                                    (draft, value) -> draft.topic = value)
                            .required()
                            .ofKq()
                            .says("Where records go."),
                    Key.<Draft>size(
                                    "ChunkSize",
                                    1,
                                    Integer.MAX_VALUE,
                                    draft -> (long) draft.chunkSize,
                                    (draft, value) -> draft.chunkSize = Math.toIntExact(value))
                            .kafka("batch.size")
                            .says("The most bytes of the records of one partition that are sent together."),
                    Key.<Draft>duration(
                                    "FlushInterval",
                                    Duration.ZERO,
                                    DAY,
                                    draft -> draft.flushInterval,
                                    (draft, value) -> draft.flushInterval = value)
                            .kafka("linger.ms")
                            .says("The longest time a chunk that is not full waits for more."),
                    Key.<Draft>oneOf(
                                    "Acks",
                                    List.of("all", "-1"),
                                    draft -> draft.acks,
                                    (draft, value) -> draft.acks = value)
                            .kafka("acks")
                            .says("A push is acknowledged by every in-sync replica, always."),
                    Key.<Draft>oneOf(
                                    "Compression",
                                    PusherBuilder.COMPRESSIONS,
                                    draft -> draft.compression,
                                    (draft, value) -> draft.compression = value)
                            .kafka("compression.type")
                            .says("How chunks are compressed."),
                    Key.<Draft>bool("SyncPush", draft -> draft.syncPush, (draft, value) -> draft.syncPush = value)
                            .says("Each push waits for its acknowledgement, and throws if there is none."),
                    Key.<Draft>duration(
                                    "MaxBlock",
                                    Duration.ZERO,
                                    DAY,
                                    draft -> draft.maxBlock,
                                    (draft, value) -> draft.maxBlock = value)
                            .kafka("max.block.ms")
                            .says("How long a push may block, for room in the buffer and for word of the topic."),
                    Key.<Draft>duration(
                                    "DeliveryTimeout",
                                    Duration.ofMillis(1),
                                    DAY,
                                    draft -> draft.deliveryTimeout,
                                    (draft, value) -> draft.deliveryTimeout = value)
                            .kafka("delivery.timeout.ms")
                            .says("How long a record may take to be acknowledged before its push fails."),
                    Key.<Draft>size(
                                    "BufferBytes",
                                    1,
                                    Long.MAX_VALUE,
                                    draft -> draft.bufferBytes,
                                    (draft, value) -> draft.bufferBytes = value)
                            .kafka("buffer.memory")
                            .says("What records that are not acknowledged yet may take together."),
                    Key.<Draft>text(
                                    "Balancer",
                                    "balancer",
                                    Balancers.ALLOWED,
                                    Balancers::wrong,
                                    draft -> draft.balancer,
                                    (draft, value) -> draft.balancer = value)
                            .kafka("partitioner.class")
                            .says("What chooses the partition of a record."),
                    Key.<Draft>text(
                                    "TransactionalId",
                                    draft -> draft.transactionalId,
                                    (draft, value) -> draft.transactionalId = value)
                            .kafka("transactional.id")
                            .says("Makes the pusher transactional; one running pusher at a time has an id."),
                    Key.<Draft>settings(
                                    "Properties", draft -> draft.properties, (draft, value) -> draft.properties = value)
                            .kafka("as written")
                            .says("Raw Kafka producer settings; they have the last word.")))
            .check(KqPusherConfKeys::check);

    private KqPusherConfKeys() {}

    private static void check(Draft draft, Findings findings) {
        if (findings.sound("ChunkSize", "BufferBytes") && draft.chunkSize > draft.bufferBytes) {
            findings.reject("BufferBytes", "is less than a chunk", draft.bufferBytes, "ChunkSize or more");
        }
        if (findings.sound("FlushInterval", "DeliveryTimeout")
                && draft.deliveryTimeout.compareTo(draft.flushInterval) <= 0) {
            findings.reject("DeliveryTimeout", "is not longer than FlushInterval", draft.deliveryTimeout, "longer");
        }
        draft.properties.forEach((key, value) -> {
            String refusal = ProducerProperties.refusal(key, value);
            if (refusal != null) {
                findings.reject("Properties." + key, refusal);
            }
        });
    }
}
