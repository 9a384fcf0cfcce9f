package dev.kq.pusher;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which topic names Kafka takes. */
final class TopicNames {
    static final String ALLOWED = "1 to 249 of a-z A-Z 0-9 . _ -, not . or ..";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    private TopicNames() {}

    /** What is wrong with a name; null if nothing is. */
    static @Nullable String wrong(String topic) {
        boolean legal = NAME.matcher(topic).matches() && !topic.equals(".") && !topic.equals("..");
        return legal ? null : "not a topic name";
    }
}
