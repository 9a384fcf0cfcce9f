package dev.kq.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What a contender has to do in one round, by name. Immutable; travels as one line of text. */
record QueueJob(Map<String, String> fields) {
    /** Whose turn it is, a name in {@link QueueContenders}. */
    static final String CONTENDER = "contender";

    static final String BROKERS = "brokers";
    /** What is read, from its beginning. */
    static final String TOPIC = "topic";
    /** A new one for each round. */
    static final String GROUP = "group";
    /** How many records end the round; 0 if {@link #MILLIS} do. */
    static final String RECORDS = "records";
    /** How long the round lasts after it has settled, if {@link #RECORDS} is 0. */
    static final String MILLIS = "millis";
    /** How long it settles before, if {@link #RECORDS} is 0. */
    static final String SETTLE_MILLIS = "settleMillis";
    /** What a handler does, see {@link HandlerWork}. */
    static final String WORK = "work";
    /** Kafka consumers, for those who may have several. */
    static final String CONSUMERS = "consumers";
    /** Handlers at a time, for those who may choose. */
    static final String HANDLERS = "handlers";
    /** Records of each consumer that may be fetched and not finished. */
    static final String IN_FLIGHT = "inFlight";
    /** The same in bytes, for kq. */
    static final String QUEUE_BYTES = "queueBytes";
    /** Queues with a group each, for kq. */
    static final String QUEUES = "queues";
    /** Begins the names of properties of the Kafka consumer, beyond those that all have. */
    static final String PROPERTY = "property.";

    private static final String SEPARATOR = "\t";

    QueueJob {
        fields = Map.copyOf(fields);
    }

    QueueJob with(String field, Object value) {
        Map<String, String> changed = new HashMap<>(fields);
        changed.put(field, String.valueOf(value));
        return new QueueJob(changed);
    }

    /** The same for a time instead of a number of records. */
    QueueJob lasting(long millis) {
        return with(RECORDS, 0).with(MILLIS, millis);
    }

    String text(String field) {
        String value = fields.get(field);
        if (value == null) {
            throw new IllegalArgumentException("no " + field + " in " + fields);
        }
        return value;
    }

    /** How many records may be fetched and not finished in all. */
    int budget() {
        return number(CONSUMERS) * number(IN_FLIGHT);
    }

    int number(String field) {
        return Integer.parseInt(text(field));
    }

    Map<String, String> properties() {
        return fields.entrySet().stream()
                .filter(field -> field.getKey().startsWith(PROPERTY))
                .collect(Collectors.toMap(field -> field.getKey().substring(PROPERTY.length()), Map.Entry::getValue));
    }

    String line() {
        return new TreeMap<>(fields).entrySet().stream().map(Object::toString).collect(Collectors.joining(SEPARATOR));
    }

    static QueueJob parse(String line) {
        return new QueueJob(Arrays.stream(line.split(SEPARATOR))
                .map(field -> field.split("=", 2))
                .collect(Collectors.toMap(field -> field[0], field -> field[1])));
    }

    /**
     * Consumer properties that are the same for everyone: those that kq has by default, with text for records. Who
     * handles a poll before the next one has all that may be in flight in these polls.
     *
     * @param consumers as many share what may be in flight
     */
    Map<String, Object> consumerProperties(int consumers) {
        Map<String, Object> p = new HashMap<>();
        p.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, text(BROKERS));
        p.put(ConsumerConfig.GROUP_ID_CONFIG, text(GROUP));
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        p.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 10_240);
        p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
        p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 10_485_760);
        p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, budget() / consumers);
        p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        p.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        p.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        p.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        p.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        p.putAll(properties());
        return p;
    }
}
