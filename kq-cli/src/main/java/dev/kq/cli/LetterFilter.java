package dev.kq.cli;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose dead letters; all that are written must fit. Filled by picocli on the main thread. */
final class LetterFilter {
    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only what failed then or later: 2026-11-20, 2026-11-20T14:30:00Z, or how long ago (2h).")
    @Nullable
    Instant since;

    @Option(names = "--until", paramLabel = "TIME", description = "Only what failed before then.")
    @Nullable
    Instant until;

    @Option(names = "--key", paramLabel = "KEY", description = "Only messages with this key.")
    @Nullable
    String key;

    @Option(
            names = "--exception",
            paramLabel = "CLASS",
            description = "Only failures of this class; with its package or without.")
    @Nullable
    String exception;

    @Option(names = "--original-topic", paramLabel = "TOPIC", description = "Only messages that failed in this topic.")
    @Nullable
    String originalTopic;

    boolean accepts(Letter letter) {
        return (since == null || !letter.failedAt().isBefore(since))
                && (until == null || letter.failedAt().isBefore(until))
                && (key == null
                        || Arrays.equals(
                                key.getBytes(StandardCharsets.UTF_8),
                                letter.record().key()))
                && (exception == null || isOf(exception, letter.exceptionClass()))
                && (originalTopic == null || originalTopic.equals(letter.originalTopic()));
    }

    private static boolean isOf(String wanted, @Nullable String found) {
        return found != null && (found.equals(wanted) || found.endsWith("." + wanted) || found.endsWith("$" + wanted));
    }
}
