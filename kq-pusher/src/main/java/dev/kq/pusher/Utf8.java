package dev.kq.pusher;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Strings as they go over the wire. Null stays null. */
final class Utf8 {
    private Utf8() {}

    static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
