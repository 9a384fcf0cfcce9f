package dev.kq;

import dev.kq.testkit.EmbeddedKafka;
import java.util.Map;

/** The Kafka that a test talks to: the embedded one, or one in a container. */
interface TestBroker {
    String bootstrapServers();

    /** What any Kafka client needs to connect; a new map that may be changed. */
    Map<String, Object> clientProperties();

    /** What an admin client needs that may do everything; a new map that may be changed. */
    default Map<String, Object> adminProperties() {
        return clientProperties();
    }

    /** Returns the name when the topic serves. */
    default String createTopic(String name, int partitions) {
        return createTopic(name, partitions, 1, Map.of());
    }

    String createTopic(String name, int partitions, int replicationFactor, Map<String, String> configs);

    /** Whether this is the oldest Kafka that our clients talk to, which cannot do everything. */
    default boolean isOldest() {
        return false;
    }

    static TestBroker of(EmbeddedKafka kafka) {
        return new Embedded(kafka);
    }

    /** As it is. */
    record Embedded(EmbeddedKafka kafka) implements TestBroker {
        @Override
        public String bootstrapServers() {
            return kafka.bootstrapServers();
        }

        @Override
        public Map<String, Object> clientProperties() {
            return kafka.clientProperties();
        }

        @Override
        public Map<String, Object> adminProperties() {
            return kafka.adminProperties();
        }

        @Override
        public String createTopic(String name, int partitions, int replicationFactor, Map<String, String> configs) {
            return kafka.createTopic(name, partitions, replicationFactor, configs);
        }
    }
}
