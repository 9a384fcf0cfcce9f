package dev.kq.examples.payments;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Appends a line {@code partition offset} for each handled message: proof, for whoever kills the process, that nothing
 * was left out. Each line is handed to the operating system before the handler returns, so that a message whose offset
 * is committed is in the file even after kill -9. Thread-safe; does nothing without a file.
 */
final class HandledFile implements Closeable {
    private final @Nullable OutputStream out;

    HandledFile(@Nullable Path path) {
        try {
            out = path == null
                    ? null
                    : Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (NoSuchFileException e) {
            throw RunFailure.cannotStart("cannot write " + path + ": there is no folder " + path.getParent());
        } catch (IOException e) {
            throw RunFailure.cannotStart("cannot write " + path + ": " + e);
        }
    }

    void add(int partition, long offset) throws IOException {
        if (out != null) {
            byte[] line = (partition + " " + offset + "\n").getBytes(StandardCharsets.US_ASCII);
            synchronized (out) {
                out.write(line);
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
