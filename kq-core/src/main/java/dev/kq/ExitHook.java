package dev.kq;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns the JVM's end into a stop, and holds it until the stop is over. Made, installed and closed by the thread that
 * runs a group; the hook itself is a thread of the JVM's.
 */
final class ExitHook implements AutoCloseable {
    /** For what the running thread does after the group: closing a pool, saying goodbye. */
    private static final long LAST_WORDS_MILLIS = TimeUnit.SECONDS.toMillis(1);

    private final Runnable beginStop;
    private final Runnable awaitStopped;
    private final Thread runner = Thread.currentThread();
    private final Thread hook = new Thread(this::exiting, "kq-services-exit");
    private @Nullable SecondSignal signals;

    ExitHook(Runnable beginStop, Runnable awaitStopped) {
        this.beginStop = beginStop;
        this.awaitStopped = awaitStopped;
    }

    void install() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            signals = SecondSignal.watch();
        } catch (IllegalStateException e) {
            beginStop.run(); // the JVM is ending already
        }
    }

    private void exiting() {
        beginStop.run();
        awaitStopped.run();
        try {
            runner.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody's business any more: the JVM ends
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the JVM is ending: a second signal must still end it at once
        }
        if (signals != null) {
            signals.close();
        }
    }
}
