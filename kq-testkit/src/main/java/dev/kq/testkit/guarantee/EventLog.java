package dev.kq.testkit.guarantee;

import dev.kq.Interceptor;
import dev.kq.StopReport;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.metrics.JmxReporter;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a process does with one topic, in the order in which it does it, to a file of its own in a folder
 * that the processes share. Thread-safe.
 *
 * <p>Each line is one unbuffered write, so it is in the kernel's hands when the call returns: {@code kill -9} takes
 * back nothing. Keys are written, values are not. A write takes some microseconds.
 */
public final class EventLog implements AutoCloseable {
    /** The consumer property that tells the probes which log to write to: its file. */
    static final String FILE_KEY = "dev.kq.testkit.event.log";

    static final String SUFFIX = ".events";

    private static final Map<String, EventLog> OPEN = new ConcurrentHashMap<>();

    private final String topic;
    private final String file;
    private final FileOutputStream out; // not a channel: an interrupted thread would close that

    private EventLog(Path file, String topic) throws IOException {
        this.topic = topic;
        this.file = file.toAbsolutePath().toString();
        out = new FileOutputStream(file.toFile(), true);
    }

    /**
     * Begins a log.
     *
     * @param folder where the logs of all processes are; made if need be
     * @param process the name of this process, a new one for each start
     * @param topic the topic whose records are written down; others are left out
     * @throws UncheckedIOException if there is a log of that name, or the file cannot be written
     */
    public static EventLog open(Path folder, String process, String topic) {
        try {
            Path file = Files.createDirectories(folder).resolve(process + SUFFIX);
            if (Files.exists(file)) {
                throw new FileAlreadyExistsException(file + ": each start of a process needs a name of its own");
            }
            EventLog log = new EventLog(file, topic);
            OPEN.put(log.file, log);
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalStateException if it is not open */
    static EventLog of(Map<String, ?> configs) {
        String file = String.valueOf(configs.get(FILE_KEY));
        EventLog log = OPEN.get(file);
        if (log == null) {
            throw new IllegalStateException("The event log " + file + " is not open in this process");
        }
        return log;
    }

    /**
     * What the queue's {@code Properties} need, so that its consumers write down what they are assigned, get, commit
     * and give up. The log must be open as long as the queue runs.
     */
    public Map<String, String> consumerProperties() {
        return Map.of(
                FILE_KEY,
                file,
                "interceptor.classes",
                ConsumerProbe.class.getName(),
                "metric.reporters",
                JmxReporter.class.getName() + "," + AssignmentProbe.class.getName());
    }

    /**
     * What to put around the queue's handler, as the last interceptor: it writes down when a handler begins, returns
     * and fails. A handler that goes on after it has returned, such as one that gives a stage, is beyond it.
     */
    public Interceptor interceptor() {
        return new HandlerProbe(this);
    }

    /** Writes down that a push was acknowledged: it must be handled from now on, whatever the broker says later. */
    public void pushed(int partition, long offset, @Nullable String key) {
        record(Event.Kind.PUSHED, partition, offset, offset, Event.keyText(key));
    }

    /** Writes down that the queue was started. */
    public void started() {
        record(Event.Kind.STARTED, -1, ProcessHandle.current().pid(), 0, "");
    }

    /** Writes down the sign of life by which a frozen or starved process is told; at least twice a second. */
    public void status(long lag, String health) {
        record(Event.Kind.STATUS, -1, lag, lag, health);
    }

    /** Writes down how the queue stopped. */
    public void stopped(StopReport report) {
        record(Event.Kind.STOPPED, report.stillRunning(), report.handled(), report.handled(), report.toString());
    }

    /** Writes down that the queue failed by itself. */
    public void died(Throwable failure) {
        record(Event.Kind.DIED, -1, 0, 0, failure.toString());
    }

    boolean isAbout(String otherTopic) {
        return topic.equals(otherTopic);
    }

    synchronized void record(Event.Kind kind, int partition, long offset, long to, String text) {
        Event event = new Event(kind, System.nanoTime(), partition, offset, to, text.replace('\n', ' '));
        try {
            out.write((event.line() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the log; close it after the queue. */
    @Override
    public synchronized void close() {
        OPEN.remove(file, this);
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
