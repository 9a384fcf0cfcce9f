package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.KqConf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Throws broken files at the loader: each either loads or is refused with a {@link ConfException} whose problems have a
 * place, soon. {@code -Dkq.fuzz.seconds=60} runs longer, {@code -Dkq.fuzz.seed=…} repeats a run.
 */
class LoaderFuzzTest {
    private static final List<String> SEEDS = List.of(
            "Name: kq\nBrokers:\n- 127.0.0.1:19092\n- 127.0.0.1:19093\nGroup: foo\nTopic: test\nOffset: first\nConsumers: 1\n",
            "{\"Brokers\":[\"a:1\"],\"Group\":\"g\\u00e9\",\"Topic\":\"t\",\"Retry\":{\"Backoff\":\"1.5s\",\"Jitter\":0.1}}",
            "x-b: &b\n  Brokers: ${B:-a:1}\n<<: *b\nGroup: 'g''s'\nTopics: [a, \"b\\n\"]\nPassword: !!str 5\nUsername: |\n  u\n",
            "Log: {Mode: console, FieldKeys: {LevelKey: l}}\nShutdown:\n  WaitTime: 5.5s\nTelemetry: &t\n  OtlpHeaders: {a: b}\n",
            "Topics: [&x a, *x]\nMinBytes: 10KiB\nMaxWait: PT0.1S\nProperties:\n  client.id: >-\n    x\n    y\n? a\n: b\n--- \n...\n");
    private static final List<String> TOKENS = List.of(
            "*b",
            "&b",
            "<<: ",
            "!!str ",
            "!x ",
            "${",
            "}",
            "$$",
            "- ",
            ": ",
            "\n",
            "  ",
            "\t",
            "'",
            "\"",
            "[",
            "]",
            "{",
            ",",
            "|\n",
            ">\n",
            "? ",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "#",
            "~",
            "null",
            "\\",
            "\u0000",
            "\uFEFF",
            "\uD83D",
            "é",
            "@",
            "`",
            "Brokers",
            "Retry",
            "999999999999999999999",
            "-1",
            "1e999",
            "[[[[[[",
            "Password: x",
            "P1D",
            "1h",
            "&a [*a]",
            "&a {<<: *a}");

    @Test
    void loader_onlyEverThrowsConfExceptionsWithAPlace() {
        long seed = Long.getLong("kq.fuzz.seed", 20_261_120L);
        Random random = new Random(seed);
        long end = System.nanoTime() + Integer.getInteger("kq.fuzz.seconds", 3) * 1_000_000_000L;
        long cases = 0;
        long slowest = 0;
        while (cases < 2_000 || System.nanoTime() < end) {
            String yaml = random.nextInt(10) == 0 ? noise(random) : mutation(random);
            long start = System.nanoTime();
            load(yaml, seed);
            slowest = Math.max(slowest, System.nanoTime() - start);
            cases++;
        }
        System.out.printf("%d broken files, the slowest took %.1f ms%n", cases, slowest / 1e6);
        assertThat(slowest).as("the slowest of %d cases, in ns", cases).isLessThan(2_000_000_000L);
    }

    private static void load(String yaml, long seed) {
        try {
            KqConf.parse(yaml);
        } catch (ConfException e) {
            assertThat(e.problems()).isNotEmpty().allSatisfy(problem -> {
                assertThat(problem.line()).isPositive();
                assertThat(problem.toString()).doesNotContain("\n");
            });
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("seed " + seed + ", document:\n" + yaml, e);
        }
    }

    private static String mutation(Random random) {
        StringBuilder text = new StringBuilder(pick(random, SEEDS));
        int changes = 1 + random.nextInt(6);
        for (int i = 0; i < changes && text.length() > 0; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(6)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, pick(random, TOKENS));
                case 2 -> text.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                case 3 -> text.delete(at, Math.min(text.length(), at + random.nextInt(20)));
                case 4 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(40))));
                default -> text.append('\n').append(pick(random, SEEDS));
            }
        }
        return text.toString();
    }

    private static String noise(Random random) {
        if (random.nextBoolean()) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(60); i >= 0; i--) {
                text.append(pick(random, TOKENS));
            }
            return text.toString();
        }
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String pick(Random random, List<String> all) {
        return all.get(random.nextInt(all.size()));
    }
}
