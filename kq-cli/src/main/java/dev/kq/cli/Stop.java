package dev.kq.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into a request that the main thread sees, and lets the JVM end when that thread is done. The
 * exit code is then the signal's: 130 or 143. Any thread may ask.
 */
final class Stop {
    private static final long LONGEST_SECONDS = 40;

    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean requested;

    /** From now on a signal only asks. */
    void catchSignals() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onExit, "kq-stop"));
    }

    private void onExit() {
        request();
        try {
            boolean unused = finished.await(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void request() {
        requested = true;
    }

    boolean requested() {
        return requested;
    }

    /** Everything is said and closed: the JVM may end. */
    void finished() {
        finished.countDown();
    }
}
