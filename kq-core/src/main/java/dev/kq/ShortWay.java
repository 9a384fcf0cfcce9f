package dev.kq;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The short way from poll to handler: what takes no time is handled by the thread that has just polled it, in the place
 * of an idle worker. To wake a worker takes longer, and another core would have to fetch each record from this one.
 *
 * <p>Owned by one thread of a {@link Fetcher}; {@link #leave} is for whoever takes that thread's place because a
 * handler keeps it.
 */
final class ShortWay implements PartitionQueue.Offers, AutoCloseable {
    /** Then other partitions may have something new; what is left is for the workers. */
    private static final long LONGEST_NANOS = Duration.ofMillis(2).toNanos();
    /** The same where each record takes some time, so that others could handle them at once. */
    private static final long LONGEST_WITH_COMPANY_NANOS = 100_000;
    /** A run of records that take no time, and that lasted so long, has kept the thread. */
    private static final long LASTING_NANOS = Duration.ofMillis(1).toNanos();
    /** Handlers may keep the thread for a tenth of the time, whether they wait or other threads have the processors. */
    private static final int SHARE_OF_TIME = 10;

    private static final long MOST_CREDIT_NANOS = Duration.ofMillis(50).toNanos();
    /** Where a handler kept a thread for so long that another took its place: two seconds until the next try. */
    static final long NO_CREDIT_NANOS = -Duration.ofMillis(200).toNanos();
    /**
     * How many looks must find a run until it keeps the thread: 25 ms at least, for a busy machine does not let every
     * thread run all the time.
     */
    private static final int LOOKS_UNTIL_KEPT = 5;

    private final WorkQueue work;
    private final Pace pace;
    private final Run run;
    private final @Nullable RunHandler hands;
    private final Consumer<Throwable> fatal;
    private final Queue<PartitionQueue> own = new ConcurrentLinkedQueue<>();
    /** Only its thread; set while it handles. */
    private WorkQueue.@Nullable Seat seat;
    /** For how long handlers may keep the thread before the way is closed; grows with time. Only its thread. */
    private long credit;

    private long creditedNanos = System.nanoTime();
    private volatile boolean left;

    /**
     * @param credit for how many nanoseconds handlers may keep the thread now; negative if the way is closed for ten
     *     times as long
     * @param hands makes what calls the handler; null if the handler is only for the workers' own threads
     * @param kept called by another thread, again and again, while a handler keeps this one
     */
    ShortWay(
            WorkQueue work,
            Pace pace,
            @Nullable Function<Run, RunHandler> hands,
            Consumer<Throwable> fatal,
            long credit,
            Runnable kept) {
        this.credit = Math.min(credit, MOST_CREDIT_NANOS);
        this.work = work;
        this.pace = pace;
        this.fatal = fatal;
        this.run = new Run(this, looks -> {
            leaveTheRest(); // it waits for one record already
            if (looks >= LOOKS_UNTIL_KEPT) {
                kept.run();
            }
        });
        this.hands = hands == null ? null : hands.apply(run);
        if (this.hands != null) {
            this.hands.begin();
        }
    }

    /** Whether the thread may handle so many records itself. If so, {@link #go} must follow. */
    boolean opens(int records) {
        int length = pace.runLength();
        boolean noTime = pace.noTime() || (length > 1 && records <= length);
        if (hands != null && records > 0 && noTime && hasCredit()) {
            seat = work.borrowSeat();
        }
        return seat != null;
    }

    private boolean hasCredit() {
        long now = System.nanoTime();
        credit = Math.min(MOST_CREDIT_NANOS, credit + (now - creditedNanos) / SHARE_OF_TIME);
        creditedNanos = now;
        return credit > 0;
    }

    @Override
    public void offer(PartitionQueue partition) {
        if (left) {
            work.offer(partition);
        } else {
            own.add(partition);
        }
    }

    /** Handles what was offered, for a while; the rest is for the workers. */
    void go() {
        WorkQueue.Seat borrowed = seat;
        RunHandler handler = hands;
        if (borrowed == null || handler == null) {
            throw new IllegalStateException("BUG: the way is not open");
        }
        try {
            handleForAWhile(handler);
        } catch (Throwable t) {
            fatal.accept(t);
        } finally {
            seat = null;
            work.giveBack(borrowed);
        }
    }

    private void handleForAWhile(RunHandler handler) {
        long begun = System.nanoTime();
        try {
            PartitionQueue partition = work.paused() ? null : own.poll();
            while (partition != null) {
                long took = handler.handleOneOf(partition);
                credit -= took > LASTING_NANOS ? took : 0;
                partition = isOpen(begun) ? own.poll() : null;
            }
        } finally {
            leaveTheRest();
        }
    }

    private boolean isOpen(long begun) {
        long limit = pace.noTime() ? LONGEST_NANOS : LONGEST_WITH_COMPANY_NANOS;
        return !left && !work.paused() && System.nanoTime() - begun < limit;
    }

    /** A handler keeps its thread, and another one has taken the place of that. */
    void leave() {
        left = true;
        run.mayLast();
        leaveTheRest(); // nobody watches it any more
    }

    boolean left() {
        return left;
    }

    private void leaveTheRest() {
        for (PartitionQueue partition = own.poll(); partition != null; partition = own.poll()) {
            work.offer(partition);
        }
    }

    /** Its thread ends. */
    @Override
    public void close() {
        WorkQueue.Seat borrowed = seat;
        if (borrowed != null) { // it failed between the two
            work.giveBack(borrowed);
        }
        leaveTheRest();
        if (hands != null) {
            hands.close();
        }
    }
}
