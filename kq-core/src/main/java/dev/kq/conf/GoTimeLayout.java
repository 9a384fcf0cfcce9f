package dev.kq.conf;

import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a layout of Go's {@code time} package, which is the time of 2006-01-02 15:04:05 as it should look. Stateless.
 */
final class GoTimeLayout {
    private static final Pattern PARTS = Pattern.compile("January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700"
            + "|-07|[.,](?:0+|9+)(?![0-9])|002|0[1-6]|15|_2|PM|pm|[1-5]");

    private static final Map<String, String> JAVA = Map.ofEntries(
            Map.entry("January", "MMMM"),
            Map.entry("Jan", "MMM"),
            Map.entry("Monday", "EEEE"),
            Map.entry("Mon", "EEE"),
            Map.entry("MST", "zzz"),
            Map.entry("2006", "uuuu"),
            Map.entry("Z07:00", "XXX"),
            Map.entry("Z0700", "XX"),
            Map.entry("Z07", "X"),
            Map.entry("-07:00", "xxx"),
            Map.entry("-0700", "xx"),
            Map.entry("-07", "x"),
            Map.entry("002", "DDD"),
            Map.entry("01", "MM"),
            Map.entry("02", "dd"),
            Map.entry("03", "hh"),
            Map.entry("04", "mm"),
            Map.entry("05", "ss"),
            Map.entry("06", "uu"),
            Map.entry("15", "HH"),
            Map.entry("_2", "ppd"),
            Map.entry("PM", "a"),
            Map.entry("pm", "a"),
            Map.entry("1", "M"),
            Map.entry("2", "d"),
            Map.entry("3", "h"),
            Map.entry("4", "m"),
            Map.entry("5", "s"));

    private GoTimeLayout() {}

    static DateTimeFormatter of(String layout) {
        DateTimeFormatterBuilder out = new DateTimeFormatterBuilder();
        Matcher part = PARTS.matcher(layout);
        int literal = 0;
        while (part.find()) {
            out.appendLiteral(layout.substring(literal, part.start()));
            literal = part.end();
            String found = part.group();
            char first = found.charAt(0);
            if (first == '.' || first == ',') {
                int digits = Math.min(9, found.length() - 1);
                out.appendLiteral(first);
                // Nines leave out zeros at the end; Java cannot leave out the separator with them.
                out.appendFraction(ChronoField.NANO_OF_SECOND, found.charAt(1) == '9' ? 1 : digits, digits, false);
            } else {
                out.appendPattern(Objects.requireNonNull(JAVA.get(found)));
            }
        }
        return out.appendLiteral(layout.substring(literal)).toFormatter(Locale.ENGLISH);
    }
}
