package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.testkit.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;

/**
 * The Kafka that an example runs on, with the topics that it needs: the cluster that the first argument names, or else
 * one in this JVM, which is gone when the example ends. Used by the main thread only.
 */
final class ExampleKafka implements AutoCloseable {
    private static final int PARTITIONS = 4;

    private final @Nullable EmbeddedKafka embedded;
    private final List<String> brokers;

    private ExampleKafka(@Nullable EmbeddedKafka embedded, List<String> brokers) {
        this.embedded = embedded;
        this.brokers = brokers;
    }

    /**
     * Starts a Kafka unless there is one, and makes the topics that are not there yet.
     *
     * @param args of {@code main}: empty, or {@code host:port} of some brokers, with commas between
     */
    static ExampleKafka of(String[] args, String... topics) throws InterruptedException, ExecutionException {
        if (args.length > 1 || (args.length == 1 && args[0].startsWith("-"))) {
            System.err.println("Only one argument, or none: host:port of a broker");
            System.exit(2);
        }
        EmbeddedKafka embedded = args.length == 0 ? EmbeddedKafka.start() : null;
        String brokers = embedded == null ? args[0] : embedded.bootstrapServers();
        ExampleKafka kafka = new ExampleKafka(embedded, List.of(brokers.split(",")));
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers", brokers, "request.timeout.ms", "10000", "default.api.timeout.ms", "20000"))) {
            Set<String> there = admin.listTopics().names().get();
            admin.createTopics(Arrays.stream(topics)
                            .filter(topic -> !there.contains(topic))
                            .map(topic -> new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty()))
                            .toList())
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException | RuntimeException e) {
            kafka.close();
            throw e;
        }
        System.out.println("Kafka: " + brokers + (embedded == null ? "" : ", in this process"));
        return kafka;
    }

    /** For {@code new Pusher(brokers, topic)}. */
    List<String> brokers() {
        return brokers;
    }

    /**
     * Reads a file of the folder {@code kq-examples/etc} as {@link KqConf#load} does, and puts these brokers in place
     * of those that it names.
     */
    KqConf conf(String file) {
        return KqConf.load(ExampleFiles.find("etc/" + file)).toBuilder()
                .brokers(brokers)
                .build();
    }

    /** The text of a file of the folder {@code kq-examples/etc}, with these brokers in place of those that it names. */
    String yaml(String file) throws IOException {
        return Files.readString(ExampleFiles.find("etc/" + file)).replace("127.0.0.1:9092", String.join(",", brokers));
    }

    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }
}
