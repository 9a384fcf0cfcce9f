package dev.kq.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles an engine class with one bug put into it on purpose, into a folder that an instance gets in front of its
 * class path, to see that the scenario finds it. A piece that is not there any more is a failure, so that the control
 * keeps up with the code.
 */
final class BrokenEngine {
    private static final Path SOURCES = Path.of("../kq-core/src/main/java/dev/kq");

    private BrokenEngine() {}

    /**
     * Compiles it and returns the folder.
     *
     * @param file a source file of the engine, such as {@code Lanes.java}
     */
    static Path in(Path folder, String file, String piece, String replacement) throws IOException {
        String source = Files.readString(SOURCES.resolve(file));
        if (!source.contains(piece)) {
            throw new AssertionError(file + " does not contain the piece to break any more: " + piece);
        }
        Path broken = Files.createDirectories(folder.resolve("source/dev/kq")).resolve(file);
        Files.writeString(broken, source.replace(piece, replacement));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> complaints = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            diagnostic -> complaints.add(diagnostic.toString()),
                            List.of(
                                    "-proc:none",
                                    "-classpath",
                                    System.getProperty("java.class.path"),
                                    "-d",
                                    classes.toString()),
                            null,
                            files.getJavaFileObjects(broken))
                    .call();
            if (!compiled) {
                throw new AssertionError("the broken " + file + " does not compile: " + complaints);
            }
        }
        return classes;
    }
}
