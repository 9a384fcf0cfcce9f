package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is published belongs together, also where the default build does not look. */
class ReleaseTest {
    private static final Path ROOT = Path.of("..");

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    @Test
    void bom_namesThePublishedModules() throws IOException {
        String root = Files.readString(ROOT.resolve("pom.xml"));
        List<String> published = new ArrayList<>();
        for (String module : all("<module>(.*?)</module>", root.substring(0, root.indexOf("</modules>")))) {
            if (!Files.readString(ROOT.resolve(module).resolve("pom.xml")).contains("<maven.deploy.skip>true")) {
                published.add(module);
            }
        }
        String bom = Files.readString(ROOT.resolve("kq-bom").resolve("pom.xml"));
        String managed = bom.substring(bom.indexOf("<dependencyManagement>"), bom.indexOf("</dependencyManagement>"));
        assertThat(published).contains("kq-core", "kq-testkit");
        assertThat(all("<artifactId>(.*?)</artifactId>", managed)).containsExactlyInAnyOrderElementsOf(published);
    }

    @Test
    void everyModule_hasTheVersionOfTheRoot() throws IOException {
        String version = all("<artifactId>kq-parent</artifactId>\\s*<version>(.*?)</version>", read("pom.xml"))
                .get(0);
        try (Stream<Path> folders = Files.list(ROOT)) {
            for (Path folder :
                    folders.filter(f -> Files.exists(f.resolve("pom.xml"))).toList()) {
                assertThat(all(
                                "<artifactId>kq-parent</artifactId>\\s*<version>(.*?)</version>",
                                Files.readString(folder.resolve("pom.xml"))))
                        .as("%s", folder)
                        .containsExactly(version);
            }
        }
    }

    private static String read(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }
}
