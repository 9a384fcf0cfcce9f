package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How single texts become durations, sizes, numbers and names. */
class ValuesTest {
    @Test
    void durations_areReadAsGoAndIsoWriteThem() throws Rejected {
        Map<String, Duration> right = Map.ofEntries(
                Map.entry("0", Duration.ZERO),
                Map.entry("0s", Duration.ZERO),
                Map.entry("1s", Duration.ofSeconds(1)),
                Map.entry("5.5s", Duration.ofMillis(5500)),
                Map.entry("1m30s", Duration.ofSeconds(90)),
                Map.entry("200ms", Duration.ofMillis(200)),
                Map.entry("1h", Duration.ofHours(1)),
                Map.entry("100us", Duration.ofNanos(100_000)),
                Map.entry("100µs", Duration.ofNanos(100_000)),
                Map.entry("100μs", Duration.ofNanos(100_000)),
                Map.entry("7ns", Duration.ofNanos(7)),
                Map.entry(".5s", Duration.ofMillis(500)),
                Map.entry("1.s", Duration.ofSeconds(1)),
                Map.entry("-1s", Duration.ofSeconds(-1)),
                Map.entry("+1h1m1s1ms", Duration.ofMillis(3_661_001)),
                Map.entry(" 1s ", Duration.ofSeconds(1)),
                Map.entry("PT1S", Duration.ofSeconds(1)),
                Map.entry("pt1m30s", Duration.ofSeconds(90)),
                Map.entry("P1D", Duration.ofDays(1)));
        for (Map.Entry<String, Duration> entry : right.entrySet()) {
            assertThat(Durations.parse(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
        }
    }

    @Test
    void durations_thatAreNone_areRejected() {
        for (String text : List.of(
                "",
                "s",
                "1",
                "1.5",
                "-3",
                "1 s",
                "1s ago",
                "1d",
                "1S",
                "P",
                "soon",
                "1ss",
                "١s",
                "PT-9223372036854775808S")) {
            assertThatThrownBy(() -> Durations.parse(text)).as(text).isInstanceOf(Rejected.class);
        }
    }

    @Test
    void durations_areShownSoThatTheyCanBeReadAgain() throws Rejected {
        for (long nanos : new long[] {0, 1, 1_001, 1_000_000, 90_000_000_000L, 3_661_001_002_003L, -5_500_000_000L}) {
            Duration duration = Duration.ofNanos(nanos);
            assertThat(Durations.parse(Durations.show(duration))).isEqualTo(duration);
        }
        assertThat(Durations.show(Duration.ofMillis(90_200))).isEqualTo("1m30s200ms");
        assertThat(Durations.show(Duration.ofSeconds(Long.MIN_VALUE))).isEqualTo("PT-2562047788015215H-30M-8S");
    }

    @Test
    void sizes_areReadWithAndWithoutUnits() throws Rejected {
        Map<String, Long> right = Map.of(
                "0", 0L,
                "10240", 10240L,
                "10_240", 10240L,
                "10KiB", 10240L,
                "10kb", 10_000L,
                "64MiB", 64L << 20,
                "1.5 GiB", 3L << 29,
                "2TB", 2_000_000_000_000L,
                "7B", 7L,
                "-1", -1L);
        for (Map.Entry<String, Long> entry : right.entrySet()) {
            assertThat(Sizes.parse(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
        }
        for (String text : List.of("", "K", "10K", "10 apples", "1e3", "0.3B", "9999999999999999999", "0x10")) {
            assertThatThrownBy(() -> Sizes.parse(text)).as(text).isInstanceOf(Rejected.class);
        }
        assertThat(Sizes.show(10240)).isEqualTo("10240");
        assertThat(Sizes.show(64L << 20)).isEqualTo("64MiB");
    }

    @Test
    void sizes_areShownInTheLargestUnitThatLeavesAWholeNumber() throws Rejected {
        Map<Long, String> right = Map.of(
                0L,
                "0",
                (1L << 20) - 1,
                "1048575",
                1L << 20,
                "1MiB",
                (1L << 20) + 1,
                "1048577",
                1L << 30,
                "1GiB",
                (1L << 30) + (1L << 20),
                "1025MiB",
                1L << 40,
                "1TiB",
                3L << 40,
                "3TiB",
                (1L << 40) + (1L << 30),
                "1025GiB",
                -(1L << 20),
                "-1048576");
        for (Map.Entry<Long, String> entry : right.entrySet()) {
            assertThat(Sizes.show(entry.getKey())).isEqualTo(entry.getValue());
            assertThat(Sizes.parse(entry.getValue())).isEqualTo(entry.getKey());
        }
    }

    @Test
    void largestValues_areReadAndTheNextOnesAreNot() throws Rejected {
        Duration longest = Duration.ofNanos(Long.MAX_VALUE);
        assertThat(Sizes.parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(Durations.parse("9223372036854775807ns")).isEqualTo(longest);
        assertThat(Durations.parse(longest.toString())).isEqualTo(longest);
        assertThat(Durations.parse(longest.negated().toString())).isEqualTo(longest.negated());
        assertThat(Durations.parse("PT" + "0".repeat(46) + "1S")).isEqualTo(Duration.ofSeconds(1));

        assertThatThrownBy(() -> Sizes.parse("9223372036854775808")).isInstanceOf(Rejected.class);
        for (String text : List.of(
                "9223372036854775808ns",
                longest.plusNanos(1).toString(),
                longest.plusNanos(1).negated().toString(),
                "PT" + "0".repeat(47) + "1S")) {
            assertThatThrownBy(() -> Durations.parse(text)).as(text).isInstanceOf(Rejected.class);
        }
    }

    @Test
    void booleans_areReadAsYamlKnowsThem() throws Rejected {
        for (String text : List.of("true", "True", "YES", "on")) {
            assertThat(Kinds.BOOL.parse(text)).isTrue();
        }
        for (String text : List.of("false", "No", "OFF")) {
            assertThat(Kinds.BOOL.parse(text)).isFalse();
        }
    }

    @Test
    void variables_areReplacedAndOtherDollarsStay() throws Rejected {
        Map<String, String> environment = Map.of("A", "1", "EMPTY", "", "MONEY", "${A} $$");
        Variables variables = new Variables(environment::get);
        Map<String, String> right = Map.ofEntries(
                Map.entry("${A}", "1"),
                Map.entry("x${A}y${A}", "x1y1"),
                Map.entry("${NO:-d}", "d"),
                Map.entry("${NO:-}", ""),
                Map.entry("${EMPTY}", ""),
                Map.entry("${EMPTY:-d}", "d"),
                Map.entry("${A:-d}", "1"),
                Map.entry("${NO:-a:b-c}", "a:b-c"),
                Map.entry("$$", "$"),
                Map.entry("$${A}", "${A}"),
                Map.entry("$$${A}", "$1"),
                Map.entry("pa$word", "pa$word"),
                Map.entry("$A", "$A"),
                Map.entry("end$", "end$"),
                Map.entry("${", "${"),
                Map.entry("${A", "${A"),
                Map.entry("${1}", "${1}"),
                Map.entry("${A-b}", "${A-b}"),
                Map.entry("${}", "${}"),
                Map.entry("${MONEY}", "${A} $$"));
        for (Map.Entry<String, String> entry : right.entrySet()) {
            assertThat(variables.expand(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
        }
        assertThatThrownBy(() -> variables.expand("a ${NO}")).hasMessageContaining("variable NO is not set");
    }

    @Test
    void closest_findsTypingErrorsAndNothingElse() {
        List<String> known = List.of("Brokers", "Topic", "Topics", "MinBytes", "MaxBytes", "WrapUpTime");

        assertThat(Closest.find("Brokres", known)).isEqualTo("Brokers");
        assertThat(Closest.find("broker", known)).isEqualTo("Brokers");
        assertThat(Closest.find("min-bytes", known)).isEqualTo("MinBytes");
        assertThat(Closest.find("WrapUp", known)).isEqualTo("WrapUpTime");
        assertThat(Closest.find("Redis", known)).isNull();
        assertThat(Closest.find("x".repeat(10_000), known)).isNull();
        assertThat(Closest.find("Top", known)).isEqualTo("Topic");
        assertThat(Closest.find("Topi", known))
                .as("the first of two that are as close")
                .isEqualTo("Topic");
        assertThat(Closest.find("Mi", known)).as("too little to be a beginning").isNull();
    }

    @Test
    void distance_countsInsertionsDeletionsChangesAndSwaps() {
        assertThat(Closest.distance("", "")).isZero();
        assertThat(Closest.distance("", "abc")).isEqualTo(3);
        assertThat(Closest.distance("abc", "")).isEqualTo(3);
        assertThat(Closest.distance("abc", "xyz")).isEqualTo(3);
        assertThat(Closest.distance("ab", "ba")).isEqualTo(1);
        assertThat(Closest.distance("abcd", "abdc")).isEqualTo(1);
        assertThat(Closest.distance("abab", "baba")).isEqualTo(2);
        assertThat(Closest.distance("abc", "bcd")).isEqualTo(2);
        assertThat(Closest.distance("kitten", "sitting")).isEqualTo(3);
    }
}
