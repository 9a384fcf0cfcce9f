package dev.kq.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link EmbeddedKafka} as a program of its own, to have a Kafka on this machine.
 *
 * <p>Prints one line when it is ready and one when it has stopped. Ctrl-C or SIGTERM stops it, with the exit code that
 * the signal gives (130, 143). What cannot be done, such as a port that is taken, is one line on stderr and exit code
 * 2; a broker that dies by itself is one line on stderr and exit code 1.
 */
public final class LocalKafka {
    private static final String HELP = """
            A real Kafka on this machine, for trying things out.

              --port 9092             the port on 127.0.0.1; more nodes take the ports after it
              --nodes 1               how many nodes
              --data DIR              keep the data in DIR; without it, nothing is kept
              --topic NAME:PARTITIONS create a topic, unless it is there (may be repeated; NAME alone: 8 partitions)
              --help                  this text
            """;

    private LocalKafka() {}

    /**
     * Starts it and stays until it is told to end.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        setPropertyIfAbsent("logback.configurationFile", "dev/kq/testkit/local-kafka-logback.xml");
        setPropertyIfAbsent("slf4j.internal.verbosity", "ERROR"); // no word about a missing logging backend
        if (List.of(args).contains("--help")) {
            System.out.print(HELP);
            return;
        }
        EmbeddedKafka kafka;
        try {
            kafka = start(Arguments.parse(args));
        } catch (IllegalArgumentException | EmbeddedKafkaException e) {
            System.err.println("kq: " + e.getMessage());
            System.exit(2);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(kafka), "local-kafka-stop"));
        System.out.println("Kafka is ready on " + kafka.bootstrapServers());
        Throwable failure = kafka.failure().join();
        System.err.println("kq: " + failure.getMessage());
        System.exit(1);
    }

    private static EmbeddedKafka start(Arguments arguments) {
        EmbeddedKafka.Builder builder = EmbeddedKafka.builder()
                .nodes(arguments.nodes())
                .ports(IntStream.range(0, arguments.nodes())
                        .map(id -> arguments.port() + id)
                        .toArray());
        if (arguments.data() != null) {
            builder.dataFolder(arguments.data());
        }
        EmbeddedKafka kafka = builder.start();
        try (Topics topics = kafka.topics()) {
            arguments.topics().removeIf(topic -> topics.names().contains(topic.name()));
        }
        arguments.topics().forEach(topic -> kafka.createTopic(topic.name(), topic.partitions()));
        return kafka;
    }

    private static void stop(EmbeddedKafka kafka) {
        try {
            kafka.close();
            System.out.println("Kafka has stopped");
        } catch (RuntimeException e) {
            System.err.println("kq: " + e.getMessage());
        }
    }

    private static void setPropertyIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    private record Topic(String name, int partitions) {
        static Topic parse(String value) {
            int colon = value.indexOf(':');
            return colon < 0
                    ? new Topic(value, 8)
                    : new Topic(value.substring(0, colon), number("--topic", value.substring(colon + 1)));
        }
    }

    private record Arguments(int port, int nodes, @Nullable Path data, List<Topic> topics) {
        static Arguments parse(String... args) {
            int port = 9092;
            int nodes = 1;
            Path data = null;
            List<Topic> topics = new ArrayList<>();
            Iterator<String> rest = List.of(args).iterator();
            while (rest.hasNext()) {
                String name = rest.next();
                switch (name) {
                    case "--port" -> port = number(name, value(name, rest));
                    case "--nodes" -> nodes = number(name, value(name, rest));
                    case "--data" -> data = Path.of(value(name, rest));
                    case "--topic" -> topics.add(Topic.parse(value(name, rest)));
                    default -> throw new IllegalArgumentException("Unknown argument " + name + ", try --help");
                }
            }
            return new Arguments(port, nodes, data, topics);
        }
    }

    private static String value(String name, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(name + " needs a value, try --help");
        }
        return rest.next();
    }

    private static int number(String name, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(name + " needs a number of 1 or more, not '" + value + "'");
    }
}
