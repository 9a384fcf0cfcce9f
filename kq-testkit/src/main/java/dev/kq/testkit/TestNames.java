package dev.kq.testkit;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Gives one test its own names on a broker that it shares with others: the test's name, to recognise it, and a random
 * suffix, to be alone. Handed out by {@link KafkaExtension}; immutable.
 */
public final class TestNames {
    private static final int LONGEST = 100;

    private final String name;

    TestNames(String test) {
        String readable = test.replaceAll("[^a-zA-Z0-9_-]", "");
        name = readable.substring(0, Math.min(LONGEST, readable.length())) + "-"
                + Integer.toString(ThreadLocalRandom.current().nextInt(0x1000_0000, 0x7fff_ffff), 36);
    }

    /** This test's topic: the same name at each call. The topic is not created. */
    public String topic() {
        return name;
    }

    /**
     * One of several topics of this test, such as {@code topic("dead-letter")}: the same name for the same argument.
     */
    public String topic(String which) {
        return name + "-" + which;
    }

    /** This test's consumer group: the same name at each call. */
    public String group() {
        return name + "-group";
    }

    /** One of several groups of this test: the same name for the same argument. */
    public String group(String which) {
        return group() + "-" + which;
    }

    @Override
    public String toString() {
        return name;
    }
}
