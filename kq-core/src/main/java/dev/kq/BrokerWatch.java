package dev.kq;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Notices what a consumer keeps to itself: that no broker answers, and that a topic does not exist. Tells the health.
 *
 * <p>Confined to the fetcher's thread.
 */
final class BrokerWatch {
    private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int SECONDS_WITHOUT_CONNECTION = 3;
    private static final int SECONDS_WITHOUT_ASSIGNMENT = 3;
    /** Opened and not kept, while none is: a port that refuses connections opens none. */
    private static final int MANY_CONNECTIONS = 3;

    private static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(2);

    private final Consumer<?, ?> consumer;
    private final KqConf conf;
    private final int fetcher;
    private final QueueHealth health;
    private final Refusals refusals;
    private final Map<String, Metric> metrics = new HashMap<>();
    private double createdBefore;
    private long due;
    private int secondsAway;
    private int secondsUnassigned;

    BrokerWatch(Consumer<?, ?> consumer, KqConf conf, int fetcher, QueueHealth health, Refusals refusals) {
        this.consumer = consumer;
        this.conf = conf;
        this.fetcher = fetcher;
        this.health = health;
        this.refusals = refusals;
        this.due = System.nanoTime() + PERIOD_NANOS;
    }

    /** Looks once a second, however often it is called. */
    void tick(long now, boolean unassigned) {
        if (now - due < 0) {
            return;
        }
        due = now + PERIOD_NANOS;
        boolean connected = total("connection-count") > 0;
        secondsAway = connected ? 0 : secondsAway + 1;
        if (secondsAway == 0) {
            createdBefore = total("connection-creation-total");
            health.clear(QueueHealth.Trouble.BROKER_AWAY, fetcher);
        } else if (secondsAway >= SECONDS_WITHOUT_CONNECTION) {
            boolean closed = total("connection-creation-total") - createdBefore >= MANY_CONNECTIONS;
            health.report(
                    QueueHealth.Trouble.BROKER_AWAY,
                    fetcher,
                    (closed ? "every connection is closed at once, is TLS or a user wanted there, or not? " : "")
                            + "no connection to " + conf.brokers());
        }
        secondsUnassigned = unassigned && connected ? secondsUnassigned + 1 : 0;
        if (!unassigned) {
            health.clear(QueueHealth.Trouble.TOPIC_MISSING, fetcher);
        } else if (fetcher == 0 && secondsUnassigned >= SECONDS_WITHOUT_ASSIGNMENT) {
            lookForTopics();
        }
    }

    /** Whether a consumer could not be made because the name of no broker has an address at the moment. */
    static boolean isUnresolved(KafkaException failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String message = t.getMessage();
            if (message != null && message.startsWith("No resolvable bootstrap")) {
                return true;
            }
        }
        return false;
    }

    /** The message of the first cause, which says more than that of the failure itself. */
    static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    private void lookForTopics() {
        try {
            for (String topic : conf.topics()) {
                List<PartitionInfo> partitions = consumer.partitionsFor(topic, LOOKUP_TIMEOUT);
                if (partitions == null || partitions.isEmpty()) {
                    health.report(QueueHealth.Trouble.TOPIC_MISSING, fetcher, topic);
                    return;
                }
            }
            health.clear(QueueHealth.Trouble.TOPIC_MISSING, fetcher);
        } catch (UnknownTopicOrPartitionException e) {
            health.report(QueueHealth.Trouble.TOPIC_MISSING, fetcher, String.join(", ", conf.topics()));
        } catch (TimeoutException | WakeupException e) {
            // says nothing about the topic; asked again in a second
            secondsUnassigned = 0;
        } catch (InvalidTopicException e) {
            throw e; // does not heal by waiting
        } catch (KafkaException e) { // refused, or the broker has its own trouble: polling goes on
            secondsUnassigned = 0;
            refusals.report(e);
        }
    }

    /** A metric of the client's connections, 1 if there is none. */
    private double total(String name) {
        Metric metric = metrics.computeIfAbsent(
                name,
                n -> consumer.metrics().entrySet().stream()
                        .filter(entry -> entry.getKey().name().equals(n)
                                && entry.getKey().group().equals("consumer-metrics"))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(null));
        return metric != null && metric.metricValue() instanceof Double value ? value : 1;
    }
}
