package dev.kq;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Decodes keys and values as text. Stateless. */
final class Utf8 {
    /** What the decoder puts in place of bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /**
     * The bytes as UTF-8, or null for null.
     *
     * @param what names the bytes in the failure
     * @throws NonRetryable if they are not UTF-8
     */
    static @Nullable String of(String what, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0) {
            requireUtf8(what, bytes); // seldom: the replacement character may also have been sent as such
        }
        return text;
    }

    private static void requireUtf8(String what, byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw new NonRetryable("the " + what + " is not UTF-8 (" + bytes.length + " bytes)", e);
        }
    }
}
