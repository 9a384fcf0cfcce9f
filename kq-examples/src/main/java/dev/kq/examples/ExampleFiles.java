package dev.kq.examples;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Knows where the files of the examples are: the {@code example} script says it; started from an IDE, it is the folder
 * {@code kq-examples} or the current one.
 */
public final class ExampleFiles {
    private ExampleFiles() {}

    /**
     * A file that belongs to the examples.
     *
     * @param name relative to the folder {@code kq-examples}
     */
    public static Path find(String name) {
        String folder = System.getProperty("kq.examples");
        if (folder != null) {
            return Path.of(folder, name);
        }
        Path inModule = Path.of("kq-examples", name);
        return Files.exists(inModule) ? inModule : Path.of(name);
    }
}
