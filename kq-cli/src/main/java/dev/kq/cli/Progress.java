package dev.kq.cli;

import java.io.PrintStream;
import java.util.function.Supplier;

/** Draws one line again and again while somebody watches, and nothing otherwise. Owned by the main thread. */
final class Progress {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int BAR = 30;
    private static final String TO_START_AND_ERASE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private long last;
    private boolean drawn;

    Progress(PrintStream out, boolean terminal, long now) {
        this.out = out;
        this.terminal = terminal;
        this.last = now;
    }

    /** Draws the line if it is time to. */
    void update(Supplier<String> line, long now) {
        if (!terminal || now - last < REDRAW_NANOS) {
            return;
        }
        last = now;
        out.print(TO_START_AND_ERASE + line.get());
        out.flush();
        drawn = true;
    }

    /** Leaves an empty line for what comes next. */
    void clear() {
        if (drawn) {
            out.print(TO_START_AND_ERASE);
            out.flush();
            drawn = false;
        }
    }

    static String bar(long done, long all) {
        int full = all <= 0 ? BAR : (int) Math.min(BAR, BAR * done / all);
        long percent = all <= 0 ? 100 : Math.min(100, 100 * done / all);
        return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "] " + percent + " %";
    }
}
