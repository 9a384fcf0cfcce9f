package dev.kq.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * What a contender has to do in one round. Immutable; travels as one line of text.
 *
 * @param contender whose turn it is, a name in {@link QueueContenders}
 * @param brokers where
 * @param topic what is read, from its beginning
 * @param group a new one for each round
 * @param records how many records end the round; 0 if {@code millis} do
 * @param millis how long the round lasts after it has settled, if {@code records} is 0
 * @param work what a handler does: {@code none}, {@code sleep:MICROS}, or {@code latency} with a {@link SteadyFeed}
 * @param consumers Kafka consumers, for those who may have several
 * @param concurrency handlers at a time, for those who may choose
 * @param inFlight records that may be fetched and not finished, for those who may choose
 * @param properties of the Kafka consumer, beyond those that all have
 */
record QueueJob(
        String contender,
        String brokers,
        String topic,
        String group,
        long records,
        long millis,
        String work,
        int consumers,
        int concurrency,
        int inFlight,
        Map<String, String> properties) {
    private static final String SEPARATOR = "\t";
    private static final String PROPERTY = "property.";

    QueueJob {
        properties = Map.copyOf(properties);
    }

    QueueJob by(String name, String newGroup) {
        return new QueueJob(
                name, brokers, topic, newGroup, records, millis, work, consumers, concurrency, inFlight, properties);
    }

    /** The same for a time instead of a number of records. */
    QueueJob lasting(long newMillis) {
        return new QueueJob(
                contender, brokers, topic, group, 0, newMillis, work, consumers, concurrency, inFlight, properties);
    }

    /** The same with so many handlers at a time, and records for them. */
    QueueJob handlers(int newConcurrency, int newInFlight) {
        return new QueueJob(
                contender,
                brokers,
                topic,
                group,
                records,
                millis,
                work,
                consumers,
                newConcurrency,
                newInFlight,
                properties);
    }

    String line() {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("contender", contender);
        fields.put("brokers", brokers);
        fields.put("topic", topic);
        fields.put("group", group);
        fields.put("records", records);
        fields.put("millis", millis);
        fields.put("work", work);
        fields.put("consumers", consumers);
        fields.put("concurrency", concurrency);
        fields.put("inFlight", inFlight);
        properties.forEach((key, value) -> fields.put(PROPERTY + key, value));
        return fields.entrySet().stream().map(Object::toString).collect(Collectors.joining(SEPARATOR));
    }

    static QueueJob parse(String line) {
        Map<String, String> fields = Arrays.stream(line.split(SEPARATOR))
                .map(field -> field.split("=", 2))
                .collect(Collectors.toMap(field -> field[0], field -> field[1]));
        Map<String, String> properties = new HashMap<>();
        fields.forEach((key, value) -> {
            if (key.startsWith(PROPERTY)) {
                properties.put(key.substring(PROPERTY.length()), value);
            }
        });
        return new QueueJob(
                text(fields, "contender"),
                text(fields, "brokers"),
                text(fields, "topic"),
                text(fields, "group"),
                Long.parseLong(text(fields, "records")),
                Long.parseLong(text(fields, "millis")),
                text(fields, "work"),
                Integer.parseInt(text(fields, "consumers")),
                Integer.parseInt(text(fields, "concurrency")),
                Integer.parseInt(text(fields, "inFlight")),
                properties);
    }

    private static String text(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in " + fields);
        }
        return value;
    }

    /** Consumer properties that are the same for everyone: those that kq has by default, with text for records. */
    Map<String, Object> consumerProperties() {
        Map<String, Object> p = new HashMap<>();
        p.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        p.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        p.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 10_240);
        p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
        p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 10_485_760);
        p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        p.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        p.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        p.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        p.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        p.putAll(properties);
        return p;
    }
}
