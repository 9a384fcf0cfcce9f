package dev.kq.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines as bytes, a few ahead. A daemon thread reads, since a read from a terminal cannot be interrupted; the
 * main thread takes the lines and may leave at any time.
 */
final class Lines {
    private static final int AHEAD = 256;
    private static final Next END = new Next(null, null);

    private final BlockingQueue<Next> ahead = new LinkedBlockingQueue<>(AHEAD);
    private final Stop stop;

    /** A line, or why there are no more. */
    private static final class Next {
        private final byte @Nullable [] line;
        private final @Nullable IOException failure;

        Next(byte @Nullable [] line, @Nullable IOException failure) {
            this.line = line;
            this.failure = failure;
        }
    }

    Lines(InputStream in, Stop stop) {
        this.stop = stop;
        Thread reader = new Thread(() -> read(in), "kq-lines");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream in) {
        try {
            Next last = END;
            try (BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16)) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                int next;
                while ((next = buffered.read()) >= 0) {
                    if (next == '\n') {
                        ahead.put(new Next(withoutReturn(line.toByteArray()), null));
                        line.reset();
                    } else {
                        line.write(next);
                    }
                }
                if (line.size() > 0) {
                    ahead.put(new Next(withoutReturn(line.toByteArray()), null));
                }
            } catch (IOException e) {
                last = new Next(null, e);
            }
            ahead.put(last);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] withoutReturn(byte[] line) {
        return line.length > 0 && line[line.length - 1] == '\r' ? Arrays.copyOf(line, line.length - 1) : line;
    }

    /**
     * The next line without its end; null after the last one, or if a stop is requested.
     *
     * @param meanwhile is called ten times a second while there is none
     * @throws UncheckedIOException if it cannot be read
     */
    byte @Nullable [] next(Runnable meanwhile) throws InterruptedException {
        while (!stop.requested()) {
            Next next = ahead.poll(100, TimeUnit.MILLISECONDS);
            if (next == null) {
                meanwhile.run();
            } else if (next.failure != null) {
                throw new UncheckedIOException(next.failure);
            } else {
                return next.line;
            }
        }
        return null;
    }
}
