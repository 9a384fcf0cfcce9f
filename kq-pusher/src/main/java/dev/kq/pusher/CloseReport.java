package dev.kq.pusher;

/**
 * What a {@link Pusher} did in its whole life, counted at its end: every record ever given to it is in exactly one of
 * the three numbers.
 *
 * @param delivered records acknowledged by the brokers
 * @param failed records that failed for a reason other than the close
 * @param undelivered records still waiting when the time to close was over, or pushed while it closed; their futures
 *     failed. One that was on its way to the broker may have been written.
 */
public record CloseReport(long delivered, long failed, long undelivered) {
    /** Whether the close left nothing behind. Records that failed earlier do not count against it. */
    public boolean complete() {
        return undelivered == 0;
    }
}
