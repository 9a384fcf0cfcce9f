package dev.kq.examples.payments;

import dev.kq.KqConf;
import dev.kq.pusher.PushRecord;
import dev.kq.pusher.Pusher;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Pushes the payments of a file, as often as asked, keyed by account, on a thread of its own. */
final class PaymentsPush implements AutoCloseable {
    private static final long LOOK_AGAIN_NANOS = 500_000;
    private static final long CLOSE_MILLIS = 5_000;

    private final PaymentFile file;
    private final int repeat;
    private final long ahead;
    private final String run;
    private final LongSupplier handled;
    private final Pusher pusher;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::pushAll, "payments-push");

    /** Used by the push thread only. */
    private long given;

    private volatile boolean stop;
    private volatile boolean ended;
    private volatile long begin;

    PaymentsPush(PaymentsOptions options, KqConf conf, String topic, PaymentsRun run) {
        this.file = new PaymentFile(options.input());
        this.repeat = options.repeat();
        this.ahead = options.ahead();
        this.run = run.id();
        this.handled = run::own;
        this.pusher = new Pusher(conf.connection(), topic);
    }

    void start() {
        begin = System.nanoTime();
        thread.start();
    }

    private void pushAll() {
        try {
            for (int round = 0; round < repeat && !stop; round++) {
                file.read(this::push);
            }
            pusher.flush();
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        } finally {
            ended = true;
        }
    }

    private boolean push(Payment payment, String line) {
        while (given - handled.getAsLong() >= ahead && !stop) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        if (stop) {
            return false;
        }
        PushRecord record = PushRecord.builder()
                .key(payment.account())
                .value(line)
                .header(PaymentsRun.HEADER, run)
                .build();
        given++;
        var unused = pusher.push(record).whenComplete((result, failed) -> {
            if (failed == null) {
                acknowledged.incrementAndGet();
            } else {
                failure.compareAndSet(null, failed);
                stop = true;
            }
        });
        return true;
    }

    /** Payments that the brokers have. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** Whether every payment is acknowledged, or nothing more will be pushed. */
    boolean ended() {
        return ended;
    }

    /** When the first payment was pushed, {@link System#nanoTime()}. */
    long begin() {
        return begin;
    }

    /** Why a push failed, the first one if there are several; null if none did. */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** Stops pushing and waits for the acknowledgements of what is on its way. */
    @Override
    public void close() {
        stop = true;
        join(CLOSE_MILLIS);
        pusher.close(); // without a broker, only this ends a push or a flush
        join(CLOSE_MILLIS);
    }

    private void join(long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
