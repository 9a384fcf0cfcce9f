package dev.kq;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Some records of one partition that one worker handles one after the other, and the worker's claim on each.
 *
 * <p>Each worker owns one and uses it again and again. The worker claims a record just before it handles it; whoever
 * finds the worker stuck may take back everything that is not claimed yet. Fields are written by the worker while it
 * fills the run, under the lock of the partition; {@link #end} and {@link #flushed} also later, under that lock.
 */
final class Run {
    /** No time: there is no record that could have one. */
    private static final long IDLE = Long.MIN_VALUE;

    /** The worker asked for a record and there is none left. */
    static final int EXHAUSTED = -1;

    private static final long NEXT_GENERATION = 1L << 32;

    /** High half: how often the run was filled. Low half: the next record to claim. */
    private final AtomicLong cursor = new AtomicLong();

    /** Of each record: its slot; those that begin a lane are stored complemented. */
    private static final int SLOT = 0;

    private static final int ATTEMPT = 1;
    /** In which of the polls it is, and its place there. */
    private static final int POLL = 2;

    private static final int INDEX = 3;
    private static final int INTS = 4;

    private int[] ints = new int[4 * INTS];
    private int size;
    /** Those that records of this run came with; few, for neighbours come with the same one. */
    private @Nullable Polled[] polls = new Polled[4];

    private int pollsUsed;

    /** The partition it was taken from, for as long as it runs; volatile for those who look for stuck runs. */
    volatile @Nullable PartitionQueue partition;

    /** When its oldest record was polled. Written when the run is filled. */
    private long polledNanos;

    /** Whose run it is; set once by that thread. */
    private volatile @Nullable Thread worker;

    /** Since when its worker handles a record; {@link #IDLE} while it handles none. For those who watch the worker. */
    private volatile long busySince = IDLE;

    /** The assignment it was taken in. Guarded by the partition's lock. */
    int epoch;
    /** One past the last record that this worker handles. Guarded by the partition's lock. */
    int end;
    /** How many records were reported as finished. Guarded by the partition's lock. */
    int flushed;
    /** Where it is among those that run. Guarded by the partition's lock. */
    int place;
    /** For how long its worker had it; 0 as long as it has. Written by the worker before it gives the run back. */
    long tookNanos;
    /** Its records have no slots: they are a piece of the {@link Backlog}. Guarded by the partition's lock. */
    boolean sweeps;

    /** What the watch for stuck runs saw last. Confined to its thread. */
    long lastSeen;
    /** How many looks in a row have found it in the same filling. Confined to the thread of that watch. */
    int looks;

    private final PartitionQueue.@Nullable Offers next;
    private volatile @Nullable IntConsumer lasting;

    /** A run whose partition is offered as always when it ends. */
    Run() {
        this(null, null);
    }

    /**
     * @param next who gets its partition when it ends and there is more; null for those that get it at other times
     * @param lasting called by the watch for stuck runs at each look that finds the run again, with how often that was
     *     so; null for nobody
     */
    Run(PartitionQueue.@Nullable Offers next, @Nullable IntConsumer lasting) {
        this.next = next;
        this.lasting = lasting;
    }

    PartitionQueue.Offers next(PartitionQueue.Offers otherwise) {
        return next == null ? otherwise : next;
    }

    /** Begins to fill the run. */
    void begin(int atEpoch, long oldestPolledNanos) {
        epoch = atEpoch;
        polledNanos = oldestPolledNanos;
        size = 0;
        end = 0;
        flushed = 0;
        sweeps = false;
        tookNanos = 0;
    }

    /** Adds a record: the one at an index of a poll. */
    void put(int slot, boolean beginsLane, Polled polled, int index, int attempt) {
        if (pollsUsed == 0 || polls[pollsUsed - 1] != polled) {
            if (pollsUsed == polls.length) {
                polls = Arrays.copyOf(polls, pollsUsed * 2);
            }
            polls[pollsUsed++] = polled;
        }
        int at = size * INTS;
        if (at == ints.length) {
            ints = Arrays.copyOf(ints, at * 2);
        }
        ints[at + SLOT] = beginsLane ? ~slot : slot;
        ints[at + ATTEMPT] = attempt;
        ints[at + POLL] = pollsUsed - 1;
        ints[at + INDEX] = index;
        size++;
    }

    /** Ends the filling: from now on records can be claimed. */
    void publish(PartitionQueue from) {
        end = size;
        partition = from;
        cursor.set((cursor.get() & -NEXT_GENERATION) + NEXT_GENERATION);
    }

    /** Worker: the index of the next record to handle, or {@link #EXHAUSTED}. */
    int claim() {
        int index = (int) cursor.getAndIncrement();
        return index < size ? index : EXHAUSTED;
    }

    /** Takes away everything that is not claimed. Returns the index of the first record taken, at most the size. */
    int takeBackUnclaimed() {
        int claimed = (int) cursor.getAndUpdate(c -> (c & -NEXT_GENERATION) + size);
        return Math.min(claimed, size);
    }

    /** A value that changes whenever a record is claimed or the run is filled again. */
    long progress() {
        return cursor.get();
    }

    /** Whether two values of {@link #progress} are of one filling of the run. */
    static boolean isSameFilling(long progress, long other) {
        return (progress ^ other) >>> 32 == 0;
    }

    /**
     * Whether a record is being handled and others, or its thread's other work, wait behind it; a guess unless the
     * partition's lock is held.
     */
    boolean mayHoldOthersUp() {
        return partition != null && (size > 1 || lasting != null);
    }

    /** The watch: it lasts. */
    void lasts() {
        IntConsumer told = lasting;
        if (told != null) {
            told.accept(looks);
        }
    }

    /** Nobody needs to know from now on that it lasts: another thread does what else its own one had to do. */
    void mayLast() {
        lasting = null;
    }

    /** Worker: the run is its own from now on. */
    void ownedByThisThread() {
        worker = Thread.currentThread();
    }

    @Nullable
    Thread worker() {
        return worker;
    }

    /** A time that is another one for each record, {@link #busyNanos} ago. */
    long busySince() {
        return busySince;
    }

    /** How many records were claimed. */
    int claimed() {
        return (int) Math.min(size, cursor.get() & (NEXT_GENERATION - 1));
    }

    long polledNanos() {
        return polledNanos;
    }

    /** Worker: it handles a record since then. */
    void busySince(long nanos) {
        busySince = nanos;
    }

    /** Worker: it handles none. */
    void idle() {
        busySince = IDLE;
    }

    /** How long the worker has been handling its present record; 0 if it has none. */
    long busyNanos(long now) {
        long since = busySince;
        return since == IDLE ? 0 : Math.max(0, now - since);
    }

    int size() {
        return size;
    }

    int slot(int index) {
        int slot = ints[index * INTS + SLOT];
        return slot < 0 ? ~slot : slot;
    }

    /** Gives a record the slot that it has from now on, in a lane of its own. */
    void slot(int index, int slot) {
        ints[index * INTS + SLOT] = ~slot;
    }

    /** Whether the record is the first of its lane in this run. */
    boolean beginsLane(int index) {
        return ints[index * INTS + SLOT] < 0;
    }

    int attempt(int index) {
        return ints[index * INTS + ATTEMPT];
    }

    ConsumerRecord<byte[], byte[]> record(int index) {
        return polled(index).record(indexInPoll(index));
    }

    /** What has the record, at {@link #indexInPoll}. */
    Polled polled(int index) {
        Polled polled = polls[ints[index * INTS + POLL]];
        if (polled == null) {
            throw new IllegalStateException("BUG: no record at " + index);
        }
        return polled;
    }

    int indexInPoll(int index) {
        return ints[index * INTS + INDEX];
    }

    /** Worker: the partition that the run was taken from. */
    PartitionQueue takenFrom() {
        PartitionQueue from = partition;
        if (from == null) {
            throw new IllegalStateException("BUG: a run of no partition");
        }
        return from;
    }

    /** Ends the run; lets the records go. */
    void clear() {
        Arrays.fill(polls, 0, pollsUsed, null);
        pollsUsed = 0;
        partition = null;
    }
}
