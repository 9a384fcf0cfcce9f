package dev.kq.benchmarks;

/** Tells on standard error what is going on; results go to standard output. */
final class Progress {
    private static final long BEGUN = System.nanoTime();

    private Progress() {}

    static void say(String what) {
        System.err.printf("%4d s  %s%n", (System.nanoTime() - BEGUN) / 1_000_000_000, what);
    }
}
