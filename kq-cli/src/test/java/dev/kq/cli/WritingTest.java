package dev.kq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

/** Tables, texts, times and the progress line. */
class WritingTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void table_alignsColumns_numbersToTheRight() {
        Table table = new Table("NAME", ">N");
        table.row("a", "1,000");
        table.row("ünïcode", "2");
        table.print(out);
        assertThat(printed().lines()).containsExactly("NAME         N", "a        1,000", "ünïcode      2");
    }

    @Test
    void text_cannotSteerTheTerminal() {
        assertThat(Shown.bytes("a\n\u001b[2Jb\u009b".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("a\\n\\u001b[2Jb\\u009b");
        assertThat(Shown.bytes(new byte[] {(byte) 0xff, 0})).isEqualTo("0xff00");
        assertThat(Shown.bytes(null)).isEqualTo("-");
        assertThat(Shown.cut("12345", 4)).isEqualTo("123…");
    }

    @Test
    void progress_drawsOnATerminalOnly_atMostTenTimesASecond() {
        Progress quiet = new Progress(out, false, 0);
        quiet.update(() -> "never", 1_000_000_000);
        quiet.clear();
        assertThat(printed()).isEmpty();
        Progress seen = new Progress(out, true, 0);
        seen.update(() -> "too early", 50_000_000);
        seen.update(() -> Progress.bar(1, 2), 100_000_000);
        seen.clear();
        assertThat(printed()).isEqualTo("\r\u001b[K[###############...............] 50 %\r\u001b[K");
    }

    @Test
    void times_areReadAsWritten() {
        assertThat(Times.duration("250ms")).isEqualTo(Duration.ofMillis(250));
        assertThat(Times.instant("90m", NOW)).isEqualTo(NOW.minus(Duration.ofMinutes(90)));
        assertThat(Times.instant("2026-11-20T14:30:00+02:00", NOW)).isEqualTo("2026-11-20T12:30:00Z");
        assertThat(Times.instant("2026-11-20T14:30:00Z", NOW)).isEqualTo("2026-11-20T14:30:00Z");
        assertThat(Times.instant("2026-11-20", NOW))
                .isEqualTo(LocalDate.parse("2026-11-20")
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant());
        assertThat(Times.instant("2026-11-20T14:30", NOW))
                .isEqualTo(LocalDate.parse("2026-11-20")
                        .atTime(14, 30)
                        .atZone(ZoneId.systemDefault())
                        .toInstant());
        assertThatThrownBy(() -> Times.instant("2026-13-01", NOW)).hasMessageContaining("2026-13-01");
        assertThatThrownBy(() -> Times.duration("0s")).hasMessageContaining("0s");
    }
}
