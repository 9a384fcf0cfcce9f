package dev.kq.conf;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes: {@code 10240}, {@code 10KiB} (1024 each), {@code 10KB} (1000 each). */
final class Sizes {
    private static final Pattern SIZE = Pattern.compile(
            "([+-]?[0-9]{1,20}(?:\\.[0-9]{1,20})?) ?(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Long> UNITS = units();

    private Sizes() {}

    private static Map<String, Long> units() {
        Map<String, Long> units = new LinkedHashMap<>();
        units.put("TIB", 1L << 40);
        units.put("GIB", 1L << 30);
        units.put("MIB", 1L << 20);
        units.put("KIB", 1L << 10);
        units.put("TB", 1_000_000_000_000L);
        units.put("GB", 1_000_000_000L);
        units.put("MB", 1_000_000L);
        units.put("KB", 1_000L);
        units.put("B", 1L);
        return units;
    }

    static long parse(String text) throws Rejected {
        Matcher matcher = SIZE.matcher(text.strip().replace("_", ""));
        if (!matcher.matches()) {
            throw new Rejected("not a size");
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2).toUpperCase(Locale.ROOT);
        BigDecimal bytes =
                new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(Objects.requireNonNull(UNITS.get(unit))));
        if (bytes.stripTrailingZeros().scale() > 0) {
            throw new Rejected("not a whole number of bytes");
        }
        if (bytes.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new Rejected("out of range");
        }
        return bytes.longValue();
    }

    /**
     * With the largest binary unit that leaves a whole number, and plain bytes below 1 MiB, as kq documents write it.
     */
    static String show(long bytes) {
        if (bytes >= 1L << 40 && bytes % (1L << 40) == 0) {
            return (bytes >> 40) + "TiB";
        }
        if (bytes >= 1L << 30 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "GiB";
        }
        if (bytes >= 1L << 20 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        return String.valueOf(bytes);
    }
}
