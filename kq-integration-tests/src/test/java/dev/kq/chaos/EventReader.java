package dev.kq.chaos;

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
 * Follows the event log of an instance while it is being written. A last line without its end was torn by {@code kill
 * -9}; the write had not returned, so what it tells had not happened yet. Thread-safe.
 */
final class EventReader {
    private final Path file;
    private final Consumer<Event> each;
    private final List<Event> events = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long position;

    /** @param each is told of each new event, once, in order */
    EventReader(Path file, Consumer<Event> each) {
        this.file = file;
        this.each = each;
    }

    synchronized void refresh() {
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

    synchronized List<Event> events() {
        return List.copyOf(events);
    }
}
