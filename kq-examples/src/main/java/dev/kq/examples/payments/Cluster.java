package dev.kq.examples.payments;

import dev.kq.KqConf;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.EmbeddedKafkaException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The brokers of a run: the user's own, or a Kafka in this JVM that is removed at the end.
 *
 * @param conf the configuration with the addresses of these brokers
 * @param embedded the Kafka in this JVM, or null
 */
record Cluster(KqConf conf, @Nullable EmbeddedKafka embedded) implements AutoCloseable {
    /**
     * Those of the command line or a Kafka in this JVM. Not those of the YAML file and so of {@code KQ_BROKERS}: nobody
     * wants an example to push to the cluster that the shell happens to be set up for.
     */
    static Cluster of(KqConf conf, List<String> brokers) {
        if (!brokers.isEmpty()) {
            return new Cluster(conf.toBuilder().brokers(brokers).build(), null);
        }
        return embedded(conf);
    }

    private static Cluster embedded(KqConf conf) {
        try {
            EmbeddedKafka kafka = EmbeddedKafka.start();
            return new Cluster(
                    conf.toBuilder().brokers(kafka.bootstrapServers()).build(), kafka);
        } catch (EmbeddedKafkaException e) {
            throw RunFailure.cannotStart(String.valueOf(e.getMessage()));
        }
    }

    String name() {
        String brokers = String.join(",", conf.brokers());
        return embedded == null ? brokers : "a Kafka in this process (" + brokers + ")";
    }

    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }
}
