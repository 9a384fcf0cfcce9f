package dev.kq.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Owns the folder with everything the brokers write: {@code node-0}, {@code node-1}, … and {@code tls}. Locked while it
 * is open, because Kafka damages what it finds before it notices that another broker is at work there.
 */
final class DataFolder implements AutoCloseable {
    private final Path path;
    private final boolean temporary;
    private final FileChannel lock;

    private DataFolder(Path path, boolean temporary, FileChannel lock) {
        this.path = path;
        this.temporary = temporary;
        this.lock = lock;
    }

    /** @param given null for a new temporary folder, removed at close */
    static DataFolder open(@Nullable Path given) {
        try {
            Path path = given == null
                    ? Files.createTempDirectory("kq-testkit-")
                    : Files.createDirectories(given).toRealPath();
            return new DataFolder(path, given == null, lock(path));
        } catch (IOException e) {
            throw EmbeddedKafkaException.of("Cannot open the data folder" + (given == null ? "" : " " + given), e);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(folder.resolve("lock"), CREATE, WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // by this very JVM
        }
        channel.close();
        throw new EmbeddedKafkaException("The data folder " + folder + " is in use by another broker");
    }

    Path path() {
        return path;
    }

    Path node(int id) {
        return path.resolve("node-" + id);
    }

    Path tls() {
        return path.resolve("tls");
    }

    /** A quorum cannot be given other members by starting it with another number of nodes. */
    void checkNodes(int nodes) {
        int before = nodesBefore();
        if (before > 0 && before != nodes) {
            throw new EmbeddedKafkaException(
                    "The data folder " + path + " was made with " + before + " node(s), it cannot serve " + nodes);
        }
    }

    private int nodesBefore() {
        try (Stream<Path> files = Files.list(path)) {
            return (int) files.filter(file -> file.getFileName().toString().startsWith("node-"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the folder free, and removes a temporary one. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!temporary) {
            return;
        }
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException gone) {
            // somebody was faster; gone is gone
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + path, e);
        }
    }
}
