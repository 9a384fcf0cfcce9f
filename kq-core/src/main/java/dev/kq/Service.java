package dev.kq;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Something that runs until it is stopped, for a {@link ServiceGroup}: a {@link KqQueue}, a pusher, or what an
 * application has beside them. The group calls {@link #start} at most once, on the thread that starts the group, and
 * {@link #stop} at most once, on a thread of its own. kq: go-zero's {@code service.Service}.
 */
public interface Service {
    /** When a service is stopped, compared with the others of its group. Those of one phase are stopped together. */
    enum Phase {
        /** What takes work in: queues, servers. Stopped first, started last. */
        CONSUMERS,
        /** What the consumers' work needs to be finished: pushers, pools, and all that is not said otherwise. */
        OTHERS,
        /** What watches the rest: metrics, tracing. Stopped last, started first. */
        TELEMETRY
    }

    /**
     * Starts, and returns as soon as it runs (go-zero's returns when it has ended).
     *
     * @throws Exception if it cannot start; the group then stops all its services
     */
    void start() throws Exception;

    /**
     * Stops, finishing what is begun, and returns when that is done. Also called if the start failed, was not reached,
     * or has not returned yet: it must then free what is held so far.
     *
     * @param timeout what there is left for it, more than zero; when it is over, the thread is interrupted and the
     *     group goes on without it
     * @throws Exception if something was left undone; the message says what, and goes into the group's report
     */
    void stop(Duration timeout) throws Exception;

    /** The name in logs and reports. Default: the simple name of the class. */
    default String name() {
        Class<?> type = getClass();
        return type.isAnonymousClass() ? type.getName() : type.getSimpleName();
    }

    /** When it is stopped. Default: {@link Phase#OTHERS}. */
    default Phase phase() {
        return Phase.OTHERS;
    }

    /**
     * Completes when the service has ended by itself, exceptionally if it has failed. Asked for once, after the start.
     * Default: never.
     */
    default CompletionStage<?> ended() {
        return new CompletableFuture<>();
    }
}
