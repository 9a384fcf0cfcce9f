package dev.kq.examples.payments;

import dev.kq.KqConf;
import dev.kq.examples.ExampleFiles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command line of {@link PaymentsPipeline} says.
 *
 * @param input the JSON-lines file
 * @param repeat how often it is pushed
 * @param ahead how many payments may be pushed and not yet handled
 * @param conf the YAML file of the queue
 * @param brokers the user's own cluster; empty = start one in this JVM
 * @param topic instead of the topic of the YAML file, or null
 * @param group instead of the group of the YAML file, or null
 * @param handled where to note what was handled, or null
 */
record PaymentsOptions(
        Path input,
        int repeat,
        int ahead,
        Path conf,
        List<String> brokers,
        @Nullable String topic,
        @Nullable String group,
        @Nullable Path handled) {
    static final String HELP = """
            Pushes payments to Kafka, handles them on the other side, and checks that the totals agree.

              --input FILE     payments, one JSON object per line with account, amount and currency
                               (default: the 4,000 payments in data/payments.jsonl)
              --repeat N       push the file N times (default 1; 0 = push nothing, only handle what is in the topic)
              --ahead N        push at most N payments ahead of the handler (default 10000)
              --conf FILE      the queue's configuration (default: etc/kq.yaml)
              --brokers LIST   your own cluster, host:port[,host:port...] (without it, a Kafka is started
                               in this process and removed at the end; $KQ_BROKERS is not looked at)
              --topic NAME     the topic, created if it is missing (default: as the configuration says)
              --group NAME     the consumer group (default: as the configuration says)
              --handled FILE   append a line "partition offset" for each message before it counts as handled
              --help           this text

            What an earlier run left in the topic for the same group is handled as well; it is counted, but does
            not belong to the totals of this run.
            Exit code: 0 the totals agree, 1 they do not or something went wrong on the way, 2 it could not start,
            130 or 143 it was stopped by Ctrl-C or SIGTERM.
            """;

    private static final List<String> NAMES = List.of(
            "--input", "--repeat", "--ahead", "--conf", "--brokers", "--topic", "--group", "--handled", "--help");

    /** Whether somebody wants to read {@link #HELP}. */
    static boolean wantsHelp(String... args) {
        return Arrays.stream(args).anyMatch(arg -> arg.equals("--help") || arg.equals("-h"));
    }

    /**
     * Reads {@code --name value} and {@code --name=value}.
     *
     * @throws RunFailure that says which argument is wrong
     */
    static PaymentsOptions parse(String... args) {
        Path input = ExampleFiles.find("data/payments.jsonl");
        Path conf = ExampleFiles.find("etc/kq.yaml");
        int repeat = 1;
        int ahead = 10_000;
        List<String> brokers = List.of();
        String topic = null;
        String group = null;
        Path handled = null;
        Iterator<String> rest = Arrays.stream(args)
                .flatMap(arg ->
                        arg.startsWith("--") ? Arrays.stream(arg.split("=", 2)) : Arrays.stream(new String[] {arg}))
                .iterator();
        while (rest.hasNext()) {
            String name = rest.next();
            switch (name) {
                case "--input" -> input = path(name, value(name, rest));
                case "--repeat" -> repeat = number(name, 0, value(name, rest));
                case "--ahead" -> ahead = number(name, 1, value(name, rest));
                case "--conf" -> conf = path(name, value(name, rest));
                case "--brokers" -> brokers = List.of(value(name, rest).split(","));
                case "--topic" -> topic = value(name, rest);
                case "--group" -> group = value(name, rest);
                case "--handled" -> handled = path(name, value(name, rest));
                default -> throw RunFailure.cannotStart("unknown option " + name + hint(name) + ", try --help");
            }
        }
        return new PaymentsOptions(input, repeat, ahead, conf, brokers, topic, group, handled);
    }

    /** A configuration with what the command line says in place of its topic and group. */
    KqConf before(KqConf file) {
        KqConf.Builder builder = file.toBuilder();
        if (topic != null) {
            builder.topics(List.of()).topic(topic);
        }
        if (group != null) {
            builder.group(group);
        }
        KqConf queue = builder.build();
        if (queue.topics().size() != 1) {
            throw RunFailure.cannotStart("the configuration must name one topic");
        }
        return queue;
    }

    private static String value(String name, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw RunFailure.cannotStart(name + " needs a value, try --help");
        }
        String value = rest.next();
        if (value.isBlank() || NAMES.contains(value)) {
            throw RunFailure.cannotStart(name + " needs a value, not '" + value + "', try --help");
        }
        return value;
    }

    private static int number(String name, int least, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw RunFailure.cannotStart(name + " needs a whole number of " + least + " or more, not '" + value + "'");
    }

    private static Path path(String name, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw RunFailure.cannotStart(name + " needs a file, not '" + value + "'");
        }
    }

    private static String hint(String written) {
        for (int errors = 1; errors <= 2; errors++) {
            for (String name : NAMES) {
                if (within(errors, written, name)) {
                    return " (did you mean " + name + "?)";
                }
            }
        }
        return "";
    }

    /** Whether so many letters inserted, removed or changed turn one word into the other. */
    private static boolean within(int errors, String a, String b) {
        if (errors < 0 || Math.abs(a.length() - b.length()) > errors) {
            return false;
        }
        if (a.isEmpty() || b.isEmpty()) {
            return true;
        }
        String restOfA = a.substring(1);
        String restOfB = b.substring(1);
        return a.charAt(0) == b.charAt(0)
                ? within(errors, restOfA, restOfB)
                : within(errors - 1, restOfA, restOfB)
                        || within(errors - 1, restOfA, b)
                        || within(errors - 1, a, restOfB);
    }
}
