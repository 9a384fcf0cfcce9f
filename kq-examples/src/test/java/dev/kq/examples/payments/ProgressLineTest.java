package dev.kq.examples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.examples.payments.ProgressLine.Moment;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final long SECOND = 1_000_000_000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void elsewhere_isALineEachSecond() {
        ProgressLine progress = new ProgressLine(stream, false, 0);
        progress.update(new Moment(10, 5, -1), SECOND - 1);
        assertThat(out()).isEmpty();
        progress.update(new Moment(3_000, 2_000, -1), SECOND);
        progress.update(new Moment(3_100, 2_100, 1_000), SECOND + 1);
        progress.update(new Moment(9_000, 8_000, 1_000), 3 * SECOND);
        progress.clear();
        assertThat(out().lines())
                .containsExactly(
                        "   1 s   pushed 3,000   handled 2,000   2,000/s   lag ?",
                        "   3 s   pushed 9,000   handled 8,000   3,000/s   lag 1,000");
    }

    @Test
    void onATerminal_isOneLineThatIsErasedAtTheEnd() {
        ProgressLine progress = new ProgressLine(stream, true, 0);
        progress.update(new Moment(10, 5, 0), SECOND / 10);
        progress.update(new Moment(20, 15, 0), SECOND / 5);
        progress.clear();
        progress.clear();
        assertThat(out()).doesNotContain("\n").matches("(\r\u001b\\[K   0 s   pushed [0-9 a-z/]+){2}\r\u001b\\[K");
    }
}
