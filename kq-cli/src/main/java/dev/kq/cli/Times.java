package dev.kq.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/** Reads durations and moments as they are written on a command line. Stateless. */
final class Times {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Map<String, ChronoUnit> UNITS = Map.of(
            "ms", ChronoUnit.MILLIS,
            "s", ChronoUnit.SECONDS,
            "m", ChronoUnit.MINUTES,
            "h", ChronoUnit.HOURS,
            "d", ChronoUnit.DAYS);

    private Times() {}

    static Duration duration(String text) {
        Duration duration = durationOrNull(text);
        if (duration == null || duration.isZero()) {
            throw new TypeConversionException(
                    "'" + text + "' is no duration (allowed: a number and ms, s, m, h or d, such as 10s)");
        }
        return duration;
    }

    static Instant instant(String text, Instant now) {
        Instant instant = instantOrNull(text, now);
        if (instant == null) {
            throw new TypeConversionException("'" + text + "' is no time (allowed: 2026-11-20, 2026-11-20T14:30,"
                    + " 2026-11-20T14:30:00Z, or how long ago, such as 90m or 2d)");
        }
        return instant;
    }

    /** A moment, or null if it is not written like one. Without a zone it is the local one's. */
    static @Nullable Instant instantOrNull(String text, Instant now) {
        Duration ago = durationOrNull(text);
        if (ago != null) {
            return now.minus(ago);
        }
        try {
            if (!text.contains("T")) {
                return LocalDate.parse(text)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant();
            }
            if (text.matches(".*(Z|[+-]\\d\\d:?\\d\\d)")) {
                return OffsetDateTime.parse(text).toInstant();
            }
            return LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Duration durationOrNull(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        ChronoUnit unit = UNITS.get(matcher.group(2));
        return unit == null ? null : Duration.of(Long.parseLong(matcher.group(1)), unit);
    }
}
