package dev.kq.conf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The text of a configuration file, read whole, of bounded size.
 *
 * @param file the name for messages
 */
record SourceText(String file, String text) {
    /** No configuration that a person wrote is as large as this; what is larger is refused before it is parsed. */
    static final int LARGEST = 3 * 1024 * 1024;

    static SourceText read(Path path) {
        String file = path.toString();
        if (!Files.exists(path)) {
            throw failure(file, 0, "there is no such file");
        }
        if (Files.isDirectory(path)) {
            throw failure(file, 0, "is a folder, not a file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(LARGEST + 1);
        } catch (AccessDeniedException e) {
            throw failure(file, 0, "cannot be read: no permission");
        } catch (IOException e) {
            throw failure(file, 0, "cannot be read: " + e.getMessage());
        }
        if (bytes.length > LARGEST) {
            throw failure(file, 0, "is too large for a configuration (allowed: up to " + Sizes.show(LARGEST) + ")");
        }
        String text = decode(file, bytes);
        return new SourceText(file, file.toLowerCase(Locale.ROOT).endsWith(".json") ? ofJson(text) : text);
    }

    /** Takes out what JSON has and the YAML parser does not take: tabs as blanks, and an escaped slash. */
    private static String ofJson(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char next = i + 1 < text.length() ? text.charAt(i + 1) : ' ';
            if (c == '\\' && next == '/') {
                continue;
            }
            out.append(c == '\t' ? ' ' : c);
            if (c == '\\') {
                out.append(next);
                i++;
            }
        }
        return out.toString();
    }

    static SourceText of(String file, String text) {
        if (text.length() > LARGEST) {
            throw failure(file, 0, "is too large for a configuration (allowed: up to " + Sizes.show(LARGEST) + ")");
        }
        return new SourceText(file, text);
    }

    static ConfException failure(String file, int line, String text) {
        return new ConfException(List.of(new ConfException.Problem(file, line, "", text)));
    }

    /** The line of a character, from 1. */
    int lineOf(int index) {
        int line = 1;
        for (int i = 0; i < Math.min(index, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }

    private static String decode(String file, byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        String text = out.toString();
        if (result.isError()) {
            throw failure(file, new SourceText(file, text).lineOf(text.length()), "is not UTF-8 text");
        }
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
