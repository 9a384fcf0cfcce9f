package dev.kq.testkit.guarantee;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;

/**
 * Writes down which partitions a Kafka consumer of the queue is given and gives up, without the engine knowing: a
 * consumer has one metric for each partition that it owns, for as long as it owns it, in every group protocol. Kafka
 * makes it, see {@link EventLog#consumerProperties}. Thread-safe.
 */
public final class AssignmentProbe implements MetricsReporter {
    private static final String ONE_PER_PARTITION = "preferred-read-replica";

    private @Nullable EventLog log;
    private String client = "";

    /** Guarded by this. */
    private final Set<Integer> owned = new TreeSet<>();

    /** For Kafka. */
    public AssignmentProbe() {}

    @Override
    public void configure(Map<String, ?> configs) {
        log = EventLog.of(configs);
        client = String.valueOf(configs.get("client.id"));
    }

    @Override
    public void init(List<KafkaMetric> metrics) {}

    @Override
    public synchronized void metricChange(KafkaMetric metric) {
        int partition = partition(metric.metricName());
        if (partition >= 0 && owned.add(partition)) {
            record(Event.Kind.ASSIGNED, partition);
        }
    }

    @Override
    public synchronized void metricRemoval(KafkaMetric metric) {
        int partition = partition(metric.metricName());
        if (partition >= 0 && owned.remove(partition)) {
            record(Event.Kind.REVOKED, partition);
        }
    }

    @Override
    public synchronized void close() {
        owned.forEach(partition -> record(Event.Kind.REVOKED, partition));
        owned.clear();
    }

    /** The partition that the metric says is owned, -1 if it is another one. */
    private int partition(MetricName name) {
        String topic = name.tags().get("topic");
        String partition = name.tags().get("partition");
        return log != null
                        && topic != null
                        && partition != null
                        && name.name().equals(ONE_PER_PARTITION)
                        && log.isAbout(topic)
                ? Integer.parseInt(partition)
                : -1;
    }

    private void record(Event.Kind kind, int partition) {
        if (log != null) {
            log.record(kind, partition, 0, 0, client);
        }
    }
}
