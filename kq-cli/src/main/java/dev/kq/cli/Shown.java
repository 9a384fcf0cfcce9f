package dev.kq.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes bytes, times and numbers for people: on one line, and so that a message cannot steer the terminal. Stateless.
 */
final class Shown {
    static final String NOTHING = "-";

    private Shown() {}

    /** The text of UTF-8 bytes, or null if they are not UTF-8. */
    static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Text with control characters escaped, {@code 0x…} for what is not UTF-8, {@code -} for null. */
    static String bytes(byte @Nullable [] bytes) {
        if (bytes == null) {
            return NOTHING;
        }
        String text = utf8(bytes);
        return text == null ? "0x" + HexFormat.of().formatHex(bytes) : text(text);
    }

    /** The text with control characters escaped, {@code -} for null. */
    static String text(@Nullable String text) {
        if (text == null) {
            return NOTHING;
        }
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                if (out == null) {
                    out = new StringBuilder(text.substring(0, i));
                }
                out.append(
                        switch (c) {
                            case '\n' -> "\\n";
                            case '\r' -> "\\r";
                            case '\t' -> "\\t";
                            default -> String.format(Locale.ROOT, "\\u%04x", (int) c);
                        });
            } else if (out != null) {
                out.append(c);
            }
        }
        return out == null ? text : out.toString();
    }

    /** At most that many characters, with an ellipsis for the rest. */
    static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String number(@Nullable Long number) {
        return number == null ? "?" : number(number.longValue());
    }

    /** ISO-8601, UTC. */
    static String time(long millis) {
        return millis < 0 ? NOTHING : Instant.ofEpochMilli(millis).toString();
    }

    /** Sixteen bytes a line, as hexadecimal numbers. */
    static String hexDump(byte[] bytes) {
        HexFormat hex = HexFormat.ofDelimiter(" ");
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < bytes.length; at += 16) {
            out.append(String.format(Locale.ROOT, "%08x  ", at))
                    .append(hex.formatHex(bytes, at, Math.min(bytes.length, at + 16)))
                    .append('\n');
        }
        return out.toString();
    }
}
