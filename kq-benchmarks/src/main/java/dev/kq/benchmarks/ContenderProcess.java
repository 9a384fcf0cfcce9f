package dev.kq.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** The JVM in which the rounds of one contender run, one after the other. Ends when this JVM does so in any way. */
final class ContenderProcess implements AutoCloseable {
    /** Begins a line of figures. */
    static final String ANSWER = "figures: ";

    private final String contender;
    private final String name;
    private final Process process;
    private final Writer jobs;
    private final BufferedReader answers;
    private int rounds;

    /**
     * Starts it.
     *
     * @param contender a name in {@link QueueContenders}; behind an {@code @} there may be a folder of classes that
     *     come before all others, such as those of another build
     */
    ContenderProcess(String contender, String... jvmOptions) throws IOException {
        this.contender = contender;
        String[] parts = contender.split("@", 2);
        name = parts[0];
        process = ChildJvm.start(parts.length == 1 ? "" : parts[1], QueueRound.class, jvmOptions);
        jobs = process.outputWriter();
        answers = process.inputReader();
    }

    String contender() {
        return contender;
    }

    /** Begins a round; {@link #await} returns its figures. */
    void begin(QueueJob job) {
        try {
            rounds++;
            String group = "group-" + ProcessHandle.current().pid() + "-" + process.pid() + "-" + rounds;
            jobs.write(job.with(QueueJob.CONTENDER, name)
                            .with(QueueJob.GROUP, group)
                            .line() + "\n");
            jobs.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(contender, e);
        }
    }

    /** Null if the JVM has ended, for want of memory, say. */
    @Nullable
    QueueFigures await() {
        try {
            String line = answers.readLine();
            while (line != null && !line.startsWith(ANSWER)) {
                line = answers.readLine(); // the JVM itself writes there too, with some options
            }
            return line == null ? null : QueueFigures.parse(line.substring(ANSWER.length()));
        } catch (IOException e) {
            throw new UncheckedIOException(contender, e);
        }
    }

    @Override
    public void close() {
        ChildJvm.end(process);
    }
}
