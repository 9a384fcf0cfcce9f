package dev.kq.chaos;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Writes down what happens in this JVM, in the order in which it happens. Each line is one unbuffered write, so it is
 * in the kernel's hands when the call returns: {@code kill -9} takes back nothing. Thread-safe.
 */
final class EventLog {
    private final FileOutputStream out; // not a channel: an interrupted thread would close that

    EventLog(Path file) throws IOException {
        out = new FileOutputStream(file.toFile(), true);
    }

    void record(Event.Kind kind, int partition, long offset, String text) {
        record(kind, partition, offset, offset, text);
    }

    synchronized void record(Event.Kind kind, int partition, long offset, long to, String text) {
        Event event = new Event(kind, System.nanoTime(), partition, offset, to, text.replace('\n', ' '));
        try {
            out.write((event.line() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
