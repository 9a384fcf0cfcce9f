package dev.kq;

/**
 * Counts out a number of permits for each second, with bursts of at most a twentieth of a second. A plain data
 * structure with no clock in it; its {@link WorkQueue} guards it.
 */
final class TokenBucket {
    private static final double NANOS = 1e9;

    private final double permitsPerNano;
    private final double burst;
    private double permits;
    private long filledAt;

    /** Starts full at the time given. */
    TokenBucket(double permitsPerSecond, long nanoTime) {
        permitsPerNano = permitsPerSecond / NANOS;
        burst = Math.max(2, permitsPerSecond / 20);
        permits = Math.min(1, burst);
        filledAt = nanoTime;
    }

    /** Takes up to {@code max} permits; 0 if there is none at the time given. */
    int take(int max, long nanoTime) {
        permits = Math.min(burst, permits + (nanoTime - filledAt) * permitsPerNano);
        filledAt = nanoTime;
        int taken = (int) Math.min(max, permits);
        permits -= taken;
        return taken;
    }

    /** Returns permits that were taken and not used. */
    void giveBack(int unused) {
        permits = Math.min(burst, permits + unused);
    }

    /** How long it takes until there is a permit, if nobody else takes one. */
    long nanosUntilNext() {
        return Math.max(1, (long) Math.ceil((1 - permits) / permitsPerNano));
    }
}
