package dev.kq;

import dev.kq.conf.Findings;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** The rules of a kq section that take more than a type and a range. */
final class KqConfChecks {
    /** Which topic names Kafka takes. */
    static final String TOPIC = "1 to 249 of a-z A-Z 0-9 . _ -, not . or ..";

    private static final Pattern TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final int MOST_FETCHERS = 4096;

    /** The Kafka settings that are the queue's own, and why or what to write instead. */
    private static final Map<String, String> TAKEN = Map.of(
            "enable.auto.commit", "the queue commits itself, or messages would be lost",
            "key.deserializer", "the queue needs the bytes; decode in the handler",
            "value.deserializer", "the queue needs the bytes; decode in the handler",
            "group.id", "write Group",
            "group.protocol", "write GroupProtocol",
            "bootstrap.servers", "write Brokers",
            "auto.offset.reset", "write Offset");

    private KqConfChecks() {}

    static @Nullable String wrongGroup(String group) {
        return group.isBlank() ? "is blank" : null;
    }

    static @Nullable String wrongTopic(String topic) {
        boolean legal = TOPIC_NAME.matcher(topic).matches() && !topic.equals(".") && !topic.equals("..");
        return legal ? null : "not a topic name";
    }

    static @Nullable String wrongPattern(String pattern) {
        try {
            Pattern.compile(pattern);
            return null;
        } catch (PatternSyntaxException e) {
            return "not a regular expression, " + e.getDescription() + " near index " + e.getIndex();
        } catch (StackOverflowError e) {
            return "not a regular expression, nested too deep";
        }
    }

    static @Nullable String wrongException(String name) {
        try {
            exception(name);
            return null;
        } catch (ClassNotFoundException | LinkageError e) {
            return "there is no such class";
        } catch (ClassCastException e) {
            return "not an Exception";
        }
    }

    /** The class of that name, from the application's class loader. */
    static Class<? extends Exception> exception(String name) throws ClassNotFoundException {
        ClassLoader application = Thread.currentThread().getContextClassLoader();
        return Class.forName(name, false, application == null ? KqConfChecks.class.getClassLoader() : application)
                .asSubclass(Exception.class);
    }

    static void check(KqConf.Builder b, Findings findings) {
        topics(b, findings);
        if (findings.sound("MinBytes", "MaxBytes") && b.minBytes > b.maxBytes) {
            findings.reject("MinBytes", "is more than MaxBytes", b.minBytes, "at most MaxBytes, " + b.maxBytes);
        }
        if (findings.sound("Conns", "Consumers") && (long) b.conns * b.consumers > MOST_FETCHERS) {
            findings.reject(
                    "Conns",
                    "too many fetchers",
                    b.conns + " × " + b.consumers,
                    "Conns × Consumers up to " + MOST_FETCHERS);
        }
        if (findings.sound("Retry.Backoff", "Retry.MaxBackoff") && b.backoff.compareTo(b.maxBackoff) > 0) {
            findings.reject("Retry.Backoff", "is more than MaxBackoff (allowed: at most MaxBackoff)");
        }
        b.properties.forEach((key, value) -> {
            @Nullable String reason = TAKEN.get(key);
            if (reason != null) {
                findings.reject("Properties." + key, "cannot be set here: " + reason);
            } else if (key.equals("ssl.endpoint.identification.algorithm") && value.isBlank()) {
                findings.reject("Properties." + key, "cannot be empty: write InsecureSkipVerify: true");
            } else if (key.isBlank()) {
                findings.reject("Properties", "a blank key");
            }
        });
    }

    private static void topics(KqConf.Builder b, Findings findings) {
        if (!findings.sound("Topic", "Topics", "TopicPattern")) {
            return;
        }
        int ways = (b.topic != null ? 1 : 0) + (b.topics.isEmpty() ? 0 : 1) + (b.topicPattern != null ? 1 : 0);
        if (ways == 0) {
            findings.reject("Topic", "is missing (allowed: exactly one of Topic, Topics and TopicPattern)");
        } else if (ways > 1) {
            String one = b.topic != null ? "Topic" : "Topics";
            String other = b.topic != null && !b.topics.isEmpty() ? "Topics" : "TopicPattern";
            findings.reject(
                    one, "is there beside " + other + " (allowed: exactly one of Topic, Topics and TopicPattern)");
        }
        Set<String> seen = new HashSet<>();
        for (String topic : b.topics) {
            if (!seen.add(topic)) {
                findings.reject("Topics", "a topic twice", topic, "each once");
            }
        }
        if (b.deadLetterTopic != null && (b.deadLetterTopic.equals(b.topic) || b.topics.contains(b.deadLetterTopic))) {
            findings.reject("DeadLetter.Topic", "is a topic of the queue itself", b.deadLetterTopic, "another topic");
        }
    }
}
