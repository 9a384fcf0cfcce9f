package dev.kq;

import dev.kq.conf.Connection;
import dev.kq.conf.Key;
import dev.kq.conf.Section;
import dev.kq.conf.ServiceConf;
import java.time.Duration;
import java.util.List;

/** The keys of a kq section: the one table that loading, checking, {@code toString} and the documentation follow. */
final class KqConfKeys {
    private static final Duration NONE = Duration.ZERO;
    private static final Duration DAY = Duration.ofDays(1);

    static final Section<KqConf.Builder, KqConf> SECTION = Section.of(KqConf.Builder::new, KqConf::new)
            .including(Connection.section(), b -> b.connection)
            .keys(kq())
            .keys(added())
            .keys(service())
            .check(KqConfChecks::check);

    private KqConfKeys() {}

    /** What go-queue's KqConf has, without the connection. */
    private static List<Key<KqConf.Builder>> kq() {
        return List.of(
                Key.<KqConf.Builder>text("Name", b -> b.name, KqConf.Builder::name)
                        .ofKq()
                        .standard("the topic")
                        .says("The name in logs, metrics and thread names. Required in kq."),
                Key.<KqConf.Builder>text(
                                "Group",
                                "text",
                                "any text that is not blank",
                                KqConfChecks::wrongGroup,
                                b -> b.group,
                                KqConf.Builder::group)
                        .required()
                        .ofKq()
                        .kafka("group.id")
                        .says("The consumer group."),
                Key.<KqConf.Builder>text(
                                "Topic",
                                "topic",
                                KqConfChecks.TOPIC,
                                KqConfChecks::wrongTopic,
                                b -> b.topic,
                                KqConf.Builder::topic)
                        .ofKq()
                        .says("The topic. Exactly one of Topic, Topics and TopicPattern is written."),
                Key.choice("Offset", StartOffset.class, b -> b.offset, KqConf.Builder::offset)
                        .ofKq()
                        .says(
                                "Where a group starts that has no committed offset: at the oldest message, or at the first"
                                        + " that is pushed after the queue's start."
                                        + " One whose offset no longer exists goes on at the oldest message. In place of Kafka's"
                                        + " auto.offset.reset, which is earliest here."),
                Key.integer("Conns", 1, 1024, b -> b.conns, KqConf.Builder::conns)
                        .ofKq()
                        .says("Conns × Consumers is the number of fetchers, each a member of the group."),
                Key.integer("Consumers", 1, 1024, b -> b.consumers, KqConf.Builder::consumers)
                        .ofKq()
                        .says("Fetchers per conn, each with its own Kafka consumer and thread."),
                Key.integer("Processors", 1, 100_000, b -> b.processors, KqConf.Builder::processors)
                        .ofKq()
                        .says("Workers that run the handler, for the whole queue (kq: per conn)."),
                Key.<KqConf.Builder>size(
                                "MinBytes",
                                0,
                                Integer.MAX_VALUE,
                                b -> (long) b.minBytes,
                                (b, value) -> b.minBytes = Math.toIntExact(value))
                        .ofKq()
                        .kafka("fetch.min.bytes")
                        .says("What a broker collects, for at most MaxWait, before it answers a fetch."),
                Key.<KqConf.Builder>size(
                                "MaxBytes",
                                1,
                                Integer.MAX_VALUE,
                                b -> (long) b.maxBytes,
                                (b, value) -> b.maxBytes = Math.toIntExact(value))
                        .ofKq()
                        .kafka("max.partition.fetch.bytes")
                        .says("What a fetch brings at most of one partition."),
                Key.bool("ForceCommit", b -> b.forceCommit, KqConf.Builder::forceCommit)
                        .ofKq()
                        .says(
                                "When all attempts have failed and there is no dead-letter topic: true = log, count and pass"
                                        + " the message; false = keep trying, only messages of its key wait."),
                Key.bool("CommitInOrder", b -> b.commitInOrder, KqConf.Builder::commitInOrder)
                        .ofKq()
                        .says("Changes nothing: commits always are in order."));
    }

    /** What kq does not have. */
    private static List<Key<KqConf.Builder>> added() {
        return List.of(
                Key.<KqConf.Builder>texts(
                                "Topics",
                                "topic",
                                KqConfChecks.TOPIC,
                                KqConfChecks::wrongTopic,
                                b -> b.topics,
                                KqConf.Builder::topics)
                        .says("Several topics."),
                Key.<KqConf.Builder>text(
                                "TopicPattern",
                                "regular expression",
                                "a regular expression of java.util.regex",
                                KqConfChecks::wrongPattern,
                                b -> b.topicPattern,
                                KqConf.Builder::topicPattern)
                        .says("All topics whose whole name matches, also later ones."
                                + " With GroupProtocol consumer brokers match, in the syntax of RE2J."),
                Key.choice("Ordering", Ordering.class, b -> b.ordering, KqConf.Builder::ordering)
                        .says("Which messages are handled one after the other."),
                Key.duration(
                                "CommitInterval",
                                NONE,
                                Duration.ofHours(1),
                                b -> b.commitInterval,
                                KqConf.Builder::commitInterval)
                        .says("The time between two commits; 0 = as soon as possible. An option in kq's code."),
                Key.integer("QueueCapacity", 1, 10_000_000, b -> b.queueCapacity, KqConf.Builder::queueCapacity)
                        .says(
                                "Records of one partition that may wait or run. A partition with ready records is not fetched while"
                                        + " 8,000, 8 times this, or 4 for each processor are ready in the whole queue, whichever is most;"
                                        + " not with batches or GroupProtocol consumer."
                                        + " An option in kq's code."),
                Key.size("QueueBytes", 1, 1L << 40, b -> b.queueBytes, KqConf.Builder::queueBytes)
                        .says("Bytes of records that may wait or run in the queue."),
                Key.duration("MaxWait", NONE, Duration.ofSeconds(30), b -> b.maxWait, KqConf.Builder::maxWait)
                        .kafka("fetch.max.wait.ms")
                        .says("How long a broker waits for MinBytes. kq's 1s lets a quiet topic wait a second."),
                Key.duration("DrainTimeout", NONE, DAY, b -> b.drainTimeout, KqConf.Builder::drainTimeout)
                        .standard("Shutdown.WaitTime, else 30s")
                        .says("How long a stop waits for running handlers."),
                Key.choice("Workers", WorkerKind.class, b -> b.workers, KqConf.Builder::workers)
                        .says("What the processors run on; virtual needs a JDK 21 or later."),
                Key.number("RateLimit", 0, 1e9, b -> b.rateLimit, KqConf.Builder::rateLimit)
                        .says("Records per second that reach the handler at most; 0 = no limit."),
                Key.section("Retry", retry()).says("How failed messages are tried again."),
                Key.<KqConf.Builder>section(
                                "DeadLetter",
                                List.of(
                                        Key.<KqConf.Builder>text(
                                                        "Topic",
                                                        "topic",
                                                        KqConfChecks.TOPIC,
                                                        KqConfChecks::wrongTopic,
                                                        b -> b.deadLetterTopic,
                                                        KqConf.Builder::deadLetterTopic)
                                                .says("Where messages go whose attempts are used up."),
                                        Key.<KqConf.Builder>bool(
                                                        "SpringHeaders",
                                                        b -> b.deadLetterSpringHeaders,
                                                        KqConf.Builder::deadLetterSpringHeaders)
                                                .says("Also write the kafka_dlt-* headers that Spring Kafka writes.")))
                        .says("Dead letters."),
                Key.duration("HandlerTimeout", NONE, DAY, b -> b.handlerTimeout, KqConf.Builder::handlerTimeout)
                        .says(
                                "How long a handler may take before it is interrupted and counts as failed; 0 = as long as"
                                        + " it likes. Not with a batch handler."),
                Key.duration("StallAfter", NONE, DAY, b -> b.stallAfter, KqConf.Builder::stallAfter)
                        .says("Health is degraded when a handler, or a partition with a lag, makes no progress for so"
                                + " long; 0 = never."),
                Key.integer("BatchSize", 1, 100_000, b -> b.batchSize, KqConf.Builder::batchSize)
                        .says("Messages that a batch handler gets at most at a time."),
                Key.duration("BatchWait", NONE, Duration.ofMinutes(10), b -> b.batchWait, KqConf.Builder::batchWait)
                        .says("How long a batch handler's first message waits for the others."),
                Key.choice("GroupProtocol", GroupProtocol.class, b -> b.groupProtocol, KqConf.Builder::groupProtocol)
                        .kafka("group.protocol")
                        .says("How partitions are shared out; consumer (KIP-848) needs brokers 4.0 or later."),
                Key.<KqConf.Builder>settings("Properties", b -> b.properties, KqConf.Builder::properties)
                        .kafka("as written")
                        .says("Raw Kafka consumer settings; they have the last word."));
    }

    /** What go-zero's ServiceConf has. */
    private static List<Key<KqConf.Builder>> service() {
        return ServiceConf.section().keys().stream()
                .filter(key -> !key.name().equals("Name"))
                .map(key -> key.<KqConf.Builder>within(b -> b.service))
                .toList();
    }

    private static List<Key<KqConf.Builder>> retry() {
        return List.of(
                Key.<KqConf.Builder>integer(
                                "MaxAttempts", 1, 1_000_000, b -> b.maxAttempts, (b, value) -> b.maxAttempts = value)
                        .says("How often a message is tried in all; 1 = once."),
                Key.<KqConf.Builder>duration("Backoff", NONE, DAY, b -> b.backoff, (b, value) -> b.backoff = value)
                        .says("The wait before the second attempt."),
                Key.<KqConf.Builder>duration(
                                "MaxBackoff", NONE, DAY, b -> b.maxBackoff, (b, value) -> b.maxBackoff = value)
                        .says("The longest wait."),
                Key.<KqConf.Builder>number("Multiplier", 1, 100, b -> b.multiplier, (b, value) -> b.multiplier = value)
                        .says("By how much the wait grows."),
                Key.<KqConf.Builder>number("Jitter", 0, 1, b -> b.jitter, (b, value) -> b.jitter = value)
                        .says("The share of a wait that is random."),
                Key.<KqConf.Builder>texts(
                                "NonRetryable",
                                "class name",
                                "a class on the class path that extends java.lang.Exception",
                                KqConfChecks::wrongException,
                                b -> b.nonRetryable,
                                KqConf.Builder::nonRetryable)
                        .says("Exceptions that are not tried again, and those below them: the attempts count as used"
                                + " up."));
    }
}
