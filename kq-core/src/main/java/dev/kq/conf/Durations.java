package dev.kq.conf;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them ({@code 1m30s}, {@code 5.5s}, {@code 200ms}) or in ISO 8601 ({@code PT1S}). */
final class Durations {
    static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Pattern GO =
            Pattern.compile("[+-]?(?:(?:[0-9]{1,20}(?:\\.[0-9]{0,20})?|\\.[0-9]{1,20})(?:ns|us|µs|μs|ms|s|m|h)){1,20}");
    private static final Pattern PART = Pattern.compile("([0-9.]+)(ns|us|µs|μs|ms|s|m|h)");
    private static final Pattern BARE = Pattern.compile("[+-]?[0-9]+(?:\\.[0-9]*)?");
    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "μs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private Durations() {}

    static Duration parse(String written) throws Rejected {
        String text = written.strip();
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (BARE.matcher(text).matches()) {
            throw new Rejected("a duration needs a unit");
        }
        if (GO.matcher(text).matches()) {
            return ofGo(text);
        }
        if (text.length() <= 50 && text.toUpperCase(Locale.ROOT).contains("P")) {
            try {
                return nanosFit(Duration.parse(text));
            } catch (DateTimeParseException e) {
                throw new Rejected("not a duration");
            }
        }
        throw new Rejected("not a duration");
    }

    private static Duration ofGo(String text) throws Rejected {
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            String number = part.group(1);
            BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L));
            nanos = nanos.add(new BigDecimal(number.endsWith(".") ? number + "0" : number).multiply(unit));
        }
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new Rejected("out of range");
        }
        Duration duration = Duration.ofNanos(nanos.longValue());
        return text.startsWith("-") ? duration.negated() : duration;
    }

    private static Duration nanosFit(Duration duration) throws Rejected {
        Duration most = Duration.ofNanos(Long.MAX_VALUE);
        if (duration.compareTo(most) > 0 || duration.compareTo(most.negated()) < 0) {
            throw new Rejected("out of range");
        }
        return duration;
    }

    /** As Go would write it, without units that are zero: {@code 1m30s}, {@code 200ms}, {@code 0s}. */
    static String show(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toSeconds() == Long.MIN_VALUE) {
            return duration.toString(); // has no positive counterpart
        }
        if (duration.isNegative()) {
            return "-" + show(duration.negated());
        }
        StringBuilder out = new StringBuilder();
        append(out, duration.toHours(), "h");
        append(out, duration.toMinutesPart(), "m");
        append(out, duration.toSecondsPart(), "s");
        append(out, duration.toMillisPart(), "ms");
        append(out, duration.toNanosPart() / 1_000 % 1_000, "us");
        append(out, duration.toNanosPart() % 1_000, "ns");
        return out.toString();
    }

    private static void append(StringBuilder out, long value, String unit) {
        if (value > 0) {
            out.append(value).append(unit);
        }
    }
}
