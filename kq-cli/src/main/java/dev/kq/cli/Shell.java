package dev.kq.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command reads and writes, and whether somebody watches. Used by the main thread.
 *
 * @param out the results, UTF-8; buffered, flushed by who writes
 * @param err everything else
 * @param stop says when to end
 */
record Shell(
        InputStream in, PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal, Stop stop) {

    /**
     * The process's own streams. The script knows what is a terminal; Java 17 knows only of all three streams together.
     */
    static Shell ofProcess(Stop stop) {
        return new Shell(
                System.in,
                new PrintStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("kq.out.terminal"),
                Boolean.getBoolean("kq.err.terminal"),
                stop);
    }

    /** Says something that is no result, each of its lines marked as ours. */
    void say(String text) {
        out.flush();
        text.lines().forEach(line -> err.println("kq: " + line));
    }
}
