package dev.kq.examples.payments;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into a request that the main thread sees, and lets the JVM end when that thread is done. The
 * exit code is then the signal's: 130 or 143.
 */
final class StopSignal {
    private static final long LONGEST_STOP_SECONDS = 40;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);

    /** From now on a signal only asks. */
    void catchSignals() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onExit, "stop-signal"));
    }

    private void onExit() {
        request();
        try {
            boolean unused = finished.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void request() {
        requested.countDown();
    }

    boolean requested() {
        return requested.getCount() == 0;
    }

    /** Waits at most that long; true if a stop is requested. */
    boolean await(long millis) throws InterruptedException {
        return requested.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Everything is said and closed: the JVM may end. */
    void finished() {
        finished.countDown();
    }
}
