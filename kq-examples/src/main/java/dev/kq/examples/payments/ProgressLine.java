package dev.kq.examples.payments;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows how far a run is: one line that is drawn again and again on a terminal, a new line each second elsewhere. Used
 * by the main thread only.
 */
final class ProgressLine {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final long PRINT_NANOS = 1_000_000_000;
    private static final String TO_START_AND_ERASE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final long begin;
    private long lastShown;
    private long lastHandled;
    private double perSecond;
    private boolean drawn;

    /**
     * How far a run is at one moment.
     *
     * @param pushed acknowledged by the broker
     * @param handled by the handler, messages of earlier runs included
     * @param lag what waits in the topic, -1 if nobody knows
     */
    record Moment(long pushed, long handled, long lag) {}

    ProgressLine(PrintStream out, boolean terminal, long now) {
        this.out = out;
        this.terminal = terminal;
        this.begin = now;
        this.lastShown = now;
    }

    /** Whether somebody watches: standard input and output are a terminal that can redraw a line. */
    @SuppressWarnings("SystemConsoleNull") // asked below, with a method that Java 17 does not have
    static boolean onTerminal() {
        Console console = System.console();
        if (console == null || "dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true; // before Java 22 there is a console only on a terminal
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Shows the moment if it is time to. */
    void update(Moment moment, long now) {
        long since = now - lastShown;
        if (since < (terminal ? REDRAW_NANOS : PRINT_NANOS)) {
            return;
        }
        double rate = (moment.handled - lastHandled) * 1e9 / since;
        perSecond = terminal ? 0.8 * perSecond + 0.2 * rate : rate; // ten times a second it would flicker
        lastShown = now;
        lastHandled = moment.handled;
        String line = String.format(
                Locale.ROOT,
                "%4d s   pushed %,d   handled %,d   %,d/s   lag %s",
                (now - begin) / 1_000_000_000,
                moment.pushed,
                moment.handled,
                (long) perSecond,
                moment.lag < 0 ? "?" : String.format(Locale.ROOT, "%,d", moment.lag));
        if (terminal) {
            out.print(TO_START_AND_ERASE + line);
            out.flush();
            drawn = true;
        } else {
            out.println(line);
        }
    }

    /** Leaves an empty line for what comes next. */
    void clear() {
        if (drawn) {
            out.print(TO_START_AND_ERASE);
            out.flush();
            drawn = false;
        }
    }
}
