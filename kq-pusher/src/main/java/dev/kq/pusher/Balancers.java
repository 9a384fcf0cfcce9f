package dev.kq.pusher;

import java.util.Locale;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.jspecify.annotations.Nullable;

/** The names that a balancer can have in a file. */
final class Balancers {
    static final String DEFAULT = "murmur2";
    static final String ALLOWED = "murmur2, roundRobin, or the name of a class that implements Kafka's Partitioner";

    private Balancers() {}

    /** The class of a name; null for Kafka's own, which is no class of its own. */
    static @Nullable Class<? extends Partitioner> named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case DEFAULT -> null;
            case "roundrobin" -> RoundRobinPartitioner.class;
            default -> loaded(name);
        };
    }

    /** What is wrong with a name; null if nothing is. */
    static @Nullable String wrong(String name) {
        try {
            named(name);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static Class<? extends Partitioner> loaded(String name) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            return Class.forName(name, false, loader == null ? Balancers.class.getClassLoader() : loader)
                    .asSubclass(Partitioner.class);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalArgumentException("no such balancer or class", e);
        } catch (ClassCastException e) {
            throw new IllegalArgumentException("not a Partitioner", e);
        }
    }
}
