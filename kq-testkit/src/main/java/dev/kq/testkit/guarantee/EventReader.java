package dev.kq.testkit.guarantee;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Follows the event log of a process while it is being written. A last line without its end was torn by {@code kill
 * -9}; the write had not returned, so what it tells had not happened yet. Thread-safe.
 */
public final class EventReader {
    private final Path file;
    private final Consumer<Event> each;
    private final List<Event> events = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long position;

    /**
     * Begins at the beginning of a log.
     *
     * @param file the file; it may not be there yet
     * @param each is told of each new event, once, in order
     */
    public EventReader(Path file, Consumer<Event> each) {
        this.file = file;
        this.each = each;
    }

    /** Reads what was written since the last time. */
    public synchronized void refresh() {
        if (!file.toFile().exists()) {
            return;
        }
        try (InputStream in = new FileInputStream(file.toFile())) {
            in.skipNBytes(position);
            byte[] bytes = in.readAllBytes();
            position += bytes.length;
            for (byte b : bytes) {
                if (b == '\n') {
                    Event event = Event.parse(line.toString(StandardCharsets.UTF_8));
                    line.reset();
                    events.add(event);
                    each.accept(event);
                } else {
                    line.write(b);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All events that were read. */
    public synchronized List<Event> events() {
        return List.copyOf(events);
    }
}
