package dev.kq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An example is there to be read: its {@code main} and what that shows are on one screen. */
class ScreenTest {
    private static final int LINES = 100;

    @Test
    void filesWithAMain_fitOnAScreen() throws IOException {
        List<String> longer = new ArrayList<>();
        int mains = 0;
        for (String folder : List.of("src/main/java", "../kq-examples-spring-boot/src/main/java")) {
            for (Path file : sources(Path.of(folder))) {
                List<String> lines = Files.readAllLines(file);
                if (lines.stream().noneMatch(line -> line.contains("static void main("))) {
                    continue;
                }
                mains++;
                if (lines.size() > LINES) {
                    longer.add(file + ": " + lines.size() + " lines");
                }
            }
        }
        assertThat(longer).as("longer than %d lines", LINES).isEmpty();
        assertThat(mains).as("examples found").isGreaterThanOrEqualTo(12);
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }
}
