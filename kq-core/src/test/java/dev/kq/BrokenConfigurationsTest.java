package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.conf.ConfException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every rule once: the documents and the exact messages are in {@code broken-configurations.txt}. */
class BrokenConfigurationsTest {
    @TestFactory
    List<DynamicTest> eachIsRefusedWithItsMessage() throws IOException {
        String[] documents = table().split("\n====\n", -1);
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 1; i < documents.length; i++) {
            String[] parts =
                    (documents[i].startsWith(">>>>") ? "\n" + documents[i] : documents[i]).split("\n>>>>\n", -1);
            String expected = parts[1].stripTrailing();
            tests.add(DynamicTest.dynamicTest(
                    i + " " + expected.lines().findFirst().orElse(""), () -> {
                        assertThatThrownBy(() -> KqConf.parse(parts[0]))
                                .isInstanceOf(ConfException.class)
                                .hasMessage(expected);
                    }));
        }
        assertThat(tests).hasSizeGreaterThan(100);
        return tests;
    }

    private static String table() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                BrokenConfigurationsTest.class.getResourceAsStream("broken-configurations.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
