package dev.kq.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts classes of this class path in JVMs of their own, which end when their standard input does. */
final class ChildJvm {
    private ChildJvm() {}

    static Process start(Class<?> main, String... jvmOptions) throws IOException {
        return start("", main, jvmOptions);
    }

    /** The same, with a folder of classes before all others; "" for none. */
    static Process start(String classes, Class<?> main, String... jvmOptions) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of(jvmOptions));
        String classPath = System.getProperty("java.class.path");
        if (!classes.isEmpty()) {
            classPath = classes + File.pathSeparator + classPath;
        }
        command.addAll(List.of("-cp", classPath, main.getName()));
        return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    }

    /** Returns when it has ended. */
    static void end(Process process) {
        try {
            process.outputWriter().close();
            process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
