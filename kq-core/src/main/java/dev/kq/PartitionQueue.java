package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Holds the records of one partition from poll until they are done: the meeting place of the fetcher that owns the
 * partition and the workers. Thread-safe; one lock guards everything, and nothing is called while it is held.
 *
 * <p>One object lives as long as the partition is assigned to this queue or a handler still runs one of its records.
 * Each assignment is an epoch. A record that is still running when its epoch ends keeps its lane occupied, so that no
 * second flight of the same key can start, but its end is not counted in the new epoch.
 *
 * <pre>
 *            open             close                    end
 *  CLOSED ─────────► OPEN ───────────► CLOSING ───────────────► CLOSED
 *                     │    waiting       │ running records        epoch + 1:
 *                     │    records are   │ still count            what still runs is fenced
 *                     └─── dropped ──────┘
 * </pre>
 */
final class PartitionQueue {
    /** Who hands partitions with ready records to workers. */
    interface Offers {
        void offer(PartitionQueue partition);
    }

    private enum State {
        CLOSED,
        OPEN,
        CLOSING
    }

    private static final long UNKNOWN = -1;

    private final TopicPartition topicPartition;
    private final FlowControl flow;
    private final Offers offers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();

    @GuardedBy("lock")
    private final Lanes lanes;

    @GuardedBy("lock")
    private final List<Run> running = new ArrayList<>();

    @GuardedBy("lock")
    private State state = State.CLOSED;

    @GuardedBy("lock")
    private int epoch;

    @GuardedBy("lock")
    private @Nullable OffsetTracker tracker;

    /** Wakes the fetcher that owns the partition. */
    @GuardedBy("lock")
    private Runnable nudge = () -> {};

    /** The fetcher stopped fetching because there was too much. */
    @GuardedBy("lock")
    private boolean throttled;

    /** The partition stands in the line of those with ready records. */
    @GuardedBy("lock")
    private boolean offered;

    PartitionQueue(TopicPartition topicPartition, Ordering ordering, FlowControl flow, Offers offers) {
        this.topicPartition = topicPartition;
        this.lanes = new Lanes(ordering);
        this.flow = flow;
        this.offers = offers;
    }

    TopicPartition topicPartition() {
        return topicPartition;
    }

    // ---- the fetcher's side

    /** Begins an epoch and returns its number. An epoch that a fetcher lost and did not end yet is ended. */
    int open(Runnable ownersNudge) {
        lock.lock();
        try {
            if (state != State.CLOSED) {
                endEpoch();
            }
            state = State.OPEN;
            nudge = ownersNudge;
            throttled = false;
            flow.partitionOpened();
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes over polled records; ignored if the epoch is over, for then another owner gets them too.
     *
     * @param hashes the {@link KeyHash} of each record's key
     * @param position the offset after the records and the gaps behind them
     */
    void add(int ofEpoch, List<ConsumerRecord<byte[], byte[]>> records, int[] hashes, long position) {
        boolean offer;
        lock.lock();
        try {
            if (ofEpoch != epoch || state != State.OPEN) {
                return;
            }
            OffsetTracker t = tracker;
            if (t == null) {
                t = new OffsetTracker(
                        records.isEmpty() ? position : records.get(0).offset());
                tracker = t;
            }
            for (int i = 0; i < records.size(); i++) {
                ConsumerRecord<byte[], byte[]> record = records.get(i);
                lanes.add(record, hashes[i], t.add(record.offset()));
            }
            t.advanceTo(position);
            offer = beginOffer();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
    }

    /** Whether no more should be fetched. */
    boolean throttle(int ofEpoch) {
        lock.lock();
        try {
            if (ofEpoch == epoch) {
                int window = tracker == null ? 0 : tracker.window();
                throttled = throttled
                        ? !flow.drained(lanes.size(), lanes.bytes(), window)
                        : flow.full(lanes.size(), lanes.bytes(), window);
            }
            return throttled;
        } finally {
            lock.unlock();
        }
    }

    /** What may be committed: every offset below is done. Negative if that is not known yet. */
    long watermark(int ofEpoch) {
        lock.lock();
        try {
            return ofEpoch != epoch || tracker == null ? UNKNOWN : tracker.watermark();
        } finally {
            lock.unlock();
        }
    }

    /** The offset after everything that was polled. Negative if that is not known yet. */
    long position(int ofEpoch) {
        lock.lock();
        try {
            return ofEpoch != epoch || tracker == null ? UNKNOWN : tracker.position();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands out nothing any more and drops what no handler has begun. What runs still counts.
     *
     * @return how many records were dropped; they were not committed and will be delivered again
     */
    int close(int ofEpoch) {
        lock.lock();
        try {
            return ofEpoch == epoch && state == State.OPEN ? stopHandingOut() : 0;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing of the epoch is running; false if that took longer than the nanoseconds given. */
    boolean awaitQuiet(int ofEpoch, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (runningOf(ofEpoch) > 0) {
                if (left <= 0) {
                    return false;
                }
                left = quiet.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Records of the epoch that a handler has and has not finished. */
    int runningOf(int ofEpoch) {
        lock.lock();
        try {
            int sum = 0;
            for (Run run : running) {
                if (run.epoch == ofEpoch) {
                    sum += run.end - run.flushed;
                }
            }
            return sum;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the epoch: whatever of it still runs changes no offset any more. */
    void end(int ofEpoch) {
        lock.lock();
        try {
            if (ofEpoch == epoch && state != State.CLOSED) {
                endEpoch();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the object is of no use any more: not assigned and nothing running. */
    boolean abandoned() {
        lock.lock();
        try {
            return state == State.CLOSED && running.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Records held, those of ended epochs that still run included. */
    int held() {
        lock.lock();
        try {
            return lanes.size();
        } finally {
            lock.unlock();
        }
    }

    // ---- the workers' side

    /**
     * Fills a run with ready records, at most {@code max}. A run that gets none stays as it is.
     *
     * @return whether the run got any
     */
    boolean take(Run run, int max) {
        boolean offer;
        lock.lock();
        try {
            offered = false;
            if (state != State.OPEN || !lanes.hasReady()) {
                return false;
            }
            run.begin(epoch);
            while (run.size() < max && lanes.hasReady()) {
                int slot = lanes.takeReady();
                run.put(slot, true, lanes.record(slot), lanes.attempt(slot));
                for (int s = lanes.next(slot); s != Lanes.NONE && run.size() < max; s = lanes.next(s)) {
                    run.put(s, false, lanes.record(s), lanes.attempt(s));
                }
            }
            run.publish(this);
            running.add(run);
            offer = beginOffer();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
        return true;
    }

    /** Takes a run back from its worker: every record that the worker claimed is done. */
    void finish(Run run) {
        boolean offer;
        @Nullable Runnable wake;
        lock.lock();
        try {
            flush(run, run.end);
            running.remove(run);
            run.clear();
            offer = beginOffer();
            wake = afterRelease();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
        if (wake != null) {
            wake.run();
        }
    }

    /**
     * Takes a run back from its worker early: the records before {@code index} are done, the one at {@code index} waits
     * for its next attempt, and those behind it go back.
     *
     * @return the slot of the parked record, or {@link Lanes#NONE} if its epoch is over and nobody waits for it
     */
    int park(Run run, int index) {
        boolean offer;
        @Nullable Runnable wake;
        int parked = Lanes.NONE;
        lock.lock();
        try {
            takeBackUnclaimed(run);
            flush(run, index);
            int slot = run.slot(index);
            if (run.epoch == epoch && state == State.OPEN) {
                lanes.park(slot);
                parked = slot;
            } else {
                lanes.release(slot); // left unfinished in its tracker: it was not handled
            }
            running.remove(run);
            run.clear();
            offer = beginOffer();
            wake = afterRelease();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
        if (wake != null) {
            wake.run();
        }
        return parked;
    }

    /** Ends the wait of a parked record, unless it was dropped in the meantime. */
    void unpark(int slot, ConsumerRecord<byte[], byte[]> record) {
        boolean offer;
        lock.lock();
        try {
            offer = lanes.unpark(slot, record) && beginOffer();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
    }

    /**
     * Helps the records that wait in a run whose worker is stuck: what it finished is counted, what it did not begin
     * goes back. Does nothing if the run moved on since {@code progress} was read.
     */
    void rescue(Run run, long progress) {
        boolean offer;
        @Nullable Runnable wake;
        lock.lock();
        try {
            if (run.partition != this || run.progress() != progress) {
                return;
            }
            leaveOnlyTheRecordBeingHandled(run);
            offer = beginOffer();
            wake = afterRelease();
        } finally {
            lock.unlock();
        }
        if (offer) {
            offers.offer(this);
        }
        if (wake != null) {
            wake.run();
        }
    }

    // ---- under the lock

    /** Claims the partition's place in the line; the caller offers it after it gave the lock back. */
    @GuardedBy("lock")
    private boolean beginOffer() {
        if (offered || state != State.OPEN || !lanes.hasReady()) {
            return false;
        }
        offered = true;
        return true;
    }

    /** The fetcher's nudge, if it waits for what was just released. */
    @GuardedBy("lock")
    private @Nullable Runnable afterRelease() {
        if (state == State.CLOSING) {
            quiet.signalAll();
            return running.isEmpty() ? nudge : null;
        }
        if (throttled) {
            int window = tracker == null ? 0 : tracker.window();
            if (flow.drained(lanes.size(), lanes.bytes(), window)) {
                throttled = false;
                return nudge;
            }
        }
        return null;
    }

    /** Counts the records before {@code to} as done, each once. */
    @GuardedBy("lock")
    private void flush(Run run, int to) {
        boolean current = run.epoch == epoch && tracker != null;
        for (int i = run.flushed; i < to; i++) {
            int slot = run.slot(i);
            if (current && tracker != null) {
                tracker.finish(lanes.sequence(slot));
            }
            if (i + 1 < run.end && !run.beginsLane(i + 1)) {
                lanes.advance(slot);
            } else {
                lanes.release(slot);
            }
        }
        run.flushed = Math.max(run.flushed, to);
    }

    /** Shortens a run to its claimed records; lanes that it did not begin are ready again, in their old order. */
    @GuardedBy("lock")
    private void takeBackUnclaimed(Run run) {
        int unclaimed = run.takeBackUnclaimed();
        for (int i = run.end - 1; i >= unclaimed; i--) {
            if (run.beginsLane(i)) {
                lanes.giveBack(run.slot(i));
            }
        }
        run.end = Math.min(run.end, unclaimed);
    }

    /** The worker claims a record only after it finished the one before, so all claimed ones but the last are done. */
    @GuardedBy("lock")
    private void leaveOnlyTheRecordBeingHandled(Run run) {
        takeBackUnclaimed(run);
        flush(run, run.end - 1);
    }

    @GuardedBy("lock")
    private int stopHandingOut() {
        state = State.CLOSING;
        for (Run run : running) {
            leaveOnlyTheRecordBeingHandled(run);
        }
        return lanes.dropWaiting();
    }

    @GuardedBy("lock")
    private void endEpoch() {
        if (state == State.OPEN) {
            stopHandingOut();
        }
        state = State.CLOSED;
        tracker = null;
        epoch++;
        flow.partitionClosed();
        quiet.signalAll();
    }
}
