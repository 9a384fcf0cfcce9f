package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
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
    private final Offers offers;
    private final @Nullable BatchGate batches;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();

    @GuardedBy("lock")
    private final Lanes lanes;

    /** Empty unless workers come for long runs. */
    @GuardedBy("lock")
    private final Backlog backlog;

    /** In no order; each knows its place, for there may be thousands. */
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

    @GuardedBy("lock")
    private final Intake intake;

    /** The partition stands in the line of those with ready records. */
    @GuardedBy("lock")
    private boolean offered;

    /** The timer will say when the wait for a full batch is over. */
    @GuardedBy("lock")
    private boolean waitingForBatch;

    /** The wait is over: what there is makes a batch. */
    @GuardedBy("lock")
    private boolean batchDue;

    /** The worker that came last wanted a long run: what is added stays in the backlog. */
    @GuardedBy("lock")
    private boolean sweeping;

    /** The run that has the partition to itself, if there is one. */
    @GuardedBy("lock")
    private final SoleRun sole;

    PartitionQueue(TopicPartition topicPartition, Ordering ordering, FlowControl flow, Offers offers) {
        this(topicPartition, ordering, flow, offers, null, RunLength.LONG);
    }

    /**
     * With a gate, a run is a batch: taken when it is full or has waited, and given back as a whole.
     *
     * @param longRun how many records a worker asks for if its handler takes no time
     */
    PartitionQueue(
            TopicPartition topicPartition,
            Ordering ordering,
            FlowControl flow,
            Offers offers,
            @Nullable BatchGate batches,
            int longRun) {
        this.sole = new SoleRun(batches == null ? longRun : Integer.MAX_VALUE);
        this.topicPartition = topicPartition;
        this.batches = batches;
        this.lanes = new Lanes(ordering);
        this.backlog = new Backlog(lanes);
        this.intake = new Intake(flow);
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
            intake.open();
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    /** Takes over polled records, for the workers. */
    void add(int ofEpoch, List<ConsumerRecord<byte[], byte[]>> records, long position, long polledNanos) {
        add(ofEpoch, records, position, polledNanos, null);
    }

    /**
     * Takes over polled records; ignored if the epoch is over, for then another owner gets them too.
     *
     * @param position the offset after the records and the gaps behind them
     * @param polledNanos when they were polled
     * @param to who gets the partition if some of it can be handled and nobody has it yet; null for the workers
     */
    void add(
            int ofEpoch,
            List<ConsumerRecord<byte[], byte[]>> records,
            long position,
            long polledNanos,
            @Nullable Offers to) {
        Aftermath aftermath;
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
            if (!records.isEmpty()) {
                backlog.add(new Polled(records, t.nextSequence(), polledNanos));
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                t.add(record.offset());
            }
            t.advanceTo(position);
            if (!sweeping) {
                backlog.sort();
            }
            aftermath = aftermath(false);
        } finally {
            lock.unlock();
        }
        act(aftermath, to == null ? offers : to);
    }

    /** Whether no more should be fetched. */
    boolean throttle(int ofEpoch) {
        lock.lock();
        try {
            return ofEpoch == epoch && intake.isStopped(held(), heldBytes(), window());
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

    /** How many records are done behind one that is not. */
    int gap(int ofEpoch) {
        lock.lock();
        try {
            return ofEpoch != epoch || tracker == null ? 0 : Math.max(0, tracker.window() - held());
        } finally {
            lock.unlock();
        }
    }

    /**
     * How the partition is at one moment.
     *
     * @param watermark the first record that is not done; negative if that is not known yet
     * @param position the offset after everything that was polled; negative if that is not known yet
     * @param gap records that are done behind one that is not
     * @param held records that were fetched and are not done
     * @param ready those of them that a worker could have at once
     * @param running those of them that handlers have
     * @param lanes keys of those of them, where the order is that of the key; nobody counts them while handlers take no
     *     time
     */
    record Look(long watermark, long position, int gap, int held, int ready, int running, int lanes) {}

    Look look(int ofEpoch) {
        lock.lock();
        try {
            return new Look(
                    watermark(ofEpoch),
                    position(ofEpoch),
                    gap(ofEpoch),
                    held(),
                    ready(),
                    runningOf(ofEpoch),
                    lanes.ordered());
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
        return runningIn(run -> run.epoch == ofEpoch);
    }

    private int runningIn(Predicate<Run> which) {
        lock.lock();
        try {
            int sum = 0;
            for (Run run : running) {
                if (which.test(run)) {
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

    /** Records that handlers have at the moment, those of ended epochs included. */
    int running() {
        return runningIn(run -> true);
    }

    /** The offset of the record that the run's worker began last; -1 if the run is not of this partition any more. */
    long beingHandled(Run run) {
        lock.lock();
        try {
            int claimed = run.partition == this ? Math.min(run.claimed(), run.end) : 0; // less if it was rescued
            return claimed == 0 ? UNKNOWN : run.record(claimed - 1).offset();
        } finally {
            lock.unlock();
        }
    }

    /** Records held, those of ended epochs that still run included. */
    int held() {
        lock.lock();
        try {
            return lanes.size() + backlog.size();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private long heldBytes() {
        return lanes.bytes() + backlog.bytes();
    }

    // ---- the workers' side

    /**
     * Fills a run with ready records, at most {@code max}. A run that gets none stays as it is.
     *
     * @return whether the run got any
     */
    boolean take(Run run, int max) {
        Aftermath aftermath;
        boolean taken;
        lock.lock();
        try {
            offered = false;
            if (state != State.OPEN || sole.exists()) {
                return false;
            }
            taken = fill(run, max);
            countReady();
            aftermath = aftermath(intake.isLow()); // more is wanted at once, however long the run lasts
        } finally {
            lock.unlock();
        }
        act(aftermath);
        return taken;
    }

    @GuardedBy("lock")
    private boolean fill(Run run, int max) {
        boolean alone = sole.mayBegin(max);
        sweeping = alone;
        boolean lanesStand = lanes.size() > 0 && !lanes.hasReady();
        if (!sweeping || lanesStand || backlog.waiting() == 1) {
            sort();
        }
        if (backlog.waiting() > 0 && lanes.size() == 0) {
            sweep(run, max);
        } else if (!lanes.hasReady() || !batchReady()) {
            return false;
        } else {
            takeLanes(run, max);
        }
        run.publish(this);
        run.place = running.size();
        running.add(run);
        if (alone && run.size() > 1) { // one record alone would not be watched, and may be slow
            sole.begin(run);
        }
        return true;
    }

    @GuardedBy("lock")
    private void sweep(Run run, int max) {
        run.begin(epoch, backlog.firstPolledNanos());
        backlog.sweep(run, max);
        run.sweeps = true;
    }

    @GuardedBy("lock")
    private void takeLanes(Run run, int max) {
        boolean due = batchDue;
        batchDue = false;
        run.begin(epoch, lanes.firstReadyPolledNanos());
        while (run.size() < max && lanes.hasReady()) {
            int slot = lanes.takeReady();
            run.put(slot, true, lanes.poll(slot), lanes.index(slot), lanes.attempt(slot));
            for (int s = lanes.next(slot); s != Lanes.NONE && run.size() < max; s = lanes.next(s)) {
                run.put(s, false, lanes.poll(s), lanes.index(s), lanes.attempt(s));
                if (batches != null) {
                    lanes.runToo(s);
                }
            }
        }
        // What the rate limit has cut off has waited as long as the rest, and need not wait again.
        batchDue = due && batches != null && run.size() == max && max < batches.size() && lanes.hasReady();
    }

    /** Takes a run back from its worker, which comes for the next one: every record that it claimed is done. */
    void finish(Run run) {
        Aftermath aftermath;
        lock.lock();
        try {
            sole.ended(run.tookNanos);
            flush(run, run.end);
            letGo(run);
            aftermath = aftermath(true);
        } finally {
            lock.unlock();
        }
        act(aftermath, run.next(offers));
    }

    /**
     * Takes a run back from its worker early: the records before {@code index} are done, the one at {@code index} waits
     * for its next attempt, and those behind it go back.
     *
     * @return the slot of the parked record, or {@link Lanes#NONE} if its epoch is over and nobody waits for it
     */
    int park(Run run, int index) {
        Aftermath aftermath;
        int parked = Lanes.NONE;
        lock.lock();
        try {
            takeBackUnclaimed(run);
            flush(run, index);
            endSole(run);
            int slot = run.slot(index);
            if (run.epoch == epoch && state == State.OPEN) {
                lanes.park(slot);
                parked = slot;
            } else {
                lanes.release(slot); // left unfinished in its tracker: it was not handled
            }
            letGo(run);
            aftermath = aftermath(true);
        } finally {
            lock.unlock();
        }
        act(aftermath);
        return parked;
    }

    /** A record of a batch that was parked. */
    record Parked(int index, int slot, ConsumerRecord<byte[], byte[]> record, int attempt) {}

    /**
     * Takes a batch back from its worker. Of each lane, the records before its first failure are done, that failure is
     * parked, and those behind it are chained to it again.
     *
     * @param outcomes for each record null if it is done
     * @return the records that were parked
     */
    List<Parked> settle(Run run, @Nullable Outcome[] outcomes) {
        Aftermath aftermath;
        List<Parked> parked = new ArrayList<>();
        lock.lock();
        try {
            boolean open = run.epoch == epoch && state == State.OPEN;
            boolean laneFailed = false;
            for (int i = 0; i < run.end; i++) {
                laneFailed &= !run.beginsLane(i);
                if (laneFailed && open) {
                    continue; // chained behind the parked one
                }
                laneFailed |= outcomes[i] != null;
                if (laneFailed && open) {
                    lanes.park(run.slot(i));
                    parked.add(new Parked(i, run.slot(i), run.record(i), run.attempt(i)));
                } else {
                    release(run, i, !laneFailed);
                }
            }
            letGo(run);
            aftermath = aftermath(true);
        } finally {
            lock.unlock();
        }
        act(aftermath);
        return parked;
    }

    /** Takes a run back of which nobody knows what was done: nothing of it is, and its lanes stay shut. */
    void shutForGood(Run run) {
        lock.lock();
        try {
            letGo(run);
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the wait of a parked record, unless it was dropped in the meantime. */
    void unpark(int slot, ConsumerRecord<byte[], byte[]> record) {
        Aftermath aftermath;
        lock.lock();
        try {
            lanes.unpark(slot, record);
            aftermath = aftermath(false);
        } finally {
            lock.unlock();
        }
        act(aftermath);
    }

    /** Whether a record is still parked: neither dropped nor tried again. */
    boolean parked(int slot, ConsumerRecord<byte[], byte[]> record) {
        lock.lock();
        try {
            return lanes.parked(slot, record);
        } finally {
            lock.unlock();
        }
    }

    /** A parked record is done without another attempt, unless it was dropped in the meantime. */
    void finishParked(int slot, ConsumerRecord<byte[], byte[]> record) {
        Aftermath aftermath;
        lock.lock();
        try {
            if (!lanes.parked(slot, record)) {
                return;
            }
            if (tracker != null) {
                tracker.finish(lanes.sequence(slot)); // only records of the present epoch are ever parked
            }
            lanes.releaseParked(slot);
            aftermath = aftermath(true);
        } finally {
            lock.unlock();
        }
        act(aftermath);
    }

    /**
     * Helps the records that wait in a run that lasts too long: what it finished is counted, what it did not begin goes
     * back. Does nothing if the run moved on since {@code progress} was read.
     */
    void rescue(Run run, long progress) {
        Aftermath aftermath;
        lock.lock();
        try {
            if (run.partition != this || run.progress() != progress) {
                return;
            }
            sole.rescued();
            leaveOnlyTheRecordBeingHandled(run);
            aftermath = aftermath(true);
        } finally {
            lock.unlock();
        }
        act(aftermath);
    }

    // ---- under the lock

    /** What a change under the lock calls for when the lock was given back. */
    private record Aftermath(
            boolean offer, boolean waitForBatch, @Nullable Runnable wake) {}

    @GuardedBy("lock")
    private Aftermath aftermath(boolean lessHeldOrReady) {
        countReady();
        boolean offer = false;
        boolean wait = false;
        if (!offered && state == State.OPEN && !sole.exists() && (lanes.hasReady() || backlog.waiting() > 0)) {
            if (batchReady()) {
                offered = true;
                offer = true;
            } else if (!waitingForBatch) {
                waitingForBatch = true;
                wait = true;
            }
        }
        return new Aftermath(offer, wait, lessHeldOrReady ? nudgeIfWanted() : null);
    }

    private void act(Aftermath aftermath) {
        act(aftermath, offers);
    }

    private void act(Aftermath aftermath, Offers to) {
        if (aftermath.offer) {
            to.offer(this);
        }
        if (aftermath.waitForBatch && batches != null) {
            batches.timer().after(batches.waitNanos(), this::batchWaited);
        }
        if (aftermath.wake != null) {
            aftermath.wake.run();
        }
    }

    @GuardedBy("lock")
    private boolean batchReady() {
        return batches == null || batchDue || lanes.available() >= batches.size();
    }

    private void batchWaited() {
        Aftermath aftermath;
        lock.lock();
        try {
            waitingForBatch = false;
            batchDue = lanes.hasReady();
            aftermath = aftermath(false);
        } finally {
            lock.unlock();
        }
        act(aftermath);
    }

    /** The fetcher's nudge, if it waits for what has just happened. */
    @GuardedBy("lock")
    private @Nullable Runnable nudgeIfWanted() {
        if (state == State.CLOSING) {
            quiet.signalAll();
            return running.isEmpty() ? nudge : null;
        }
        return intake.starts(held(), heldBytes(), window()) ? nudge : null;
    }

    @GuardedBy("lock")
    private int window() {
        return tracker == null ? 0 : tracker.window();
    }

    /** Records that a worker could have at once. */
    @GuardedBy("lock")
    private int ready() {
        return lanes.available() + backlog.waiting();
    }

    /** Batches are not counted: many that are not full yet would keep each other from getting so. */
    @GuardedBy("lock")
    private void countReady() {
        intake.ready(batches == null && state == State.OPEN ? ready() : 0);
    }

    /** Counts the records before {@code to} as done, each once. */
    @GuardedBy("lock")
    private void flush(Run run, int to) {
        int i = run.flushed;
        while (i < to) {
            if (run.sweeps) {
                i += releaseNeighbours(run, i, to);
            } else {
                release(run, i++, true);
            }
        }
        run.flushed = Math.max(run.flushed, to);
    }

    /** Lets those go that a sweep has done, as many as lie side by side in one poll. Returns how many. */
    @GuardedBy("lock")
    private int releaseNeighbours(Run run, int from, int to) {
        Polled polled = run.polled(from);
        int index = run.indexInPoll(from);
        int count = Math.min(to - from, polled.size() - index);
        if (run.epoch == epoch && tracker != null) {
            tracker.finish(polled.sequence(index), count);
        }
        backlog.done(polled, index, count);
        return count;
    }

    /** Lets a record go that a run has in a lane; it counts as done if it is and its epoch is not over. */
    @GuardedBy("lock")
    private void release(Run run, int index, boolean done) {
        boolean current = run.epoch == epoch && tracker != null;
        if (done && current && tracker != null) {
            tracker.finish(run.polled(index).sequence(run.indexInPoll(index)));
        }
        int slot = run.slot(index);
        if (index + 1 < run.end && !run.beginsLane(index + 1)) {
            lanes.advance(slot);
        } else {
            lanes.release(slot);
        }
    }

    /** Shortens a run to its claimed records; lanes that it did not begin are ready again, in their old order. */
    @GuardedBy("lock")
    private void takeBackUnclaimed(Run run) {
        int unclaimed = run.takeBackUnclaimed();
        for (int i = run.end - 1; i >= unclaimed; i--) {
            if (run.sweeps) {
                backlog.giveBack(run.polled(i), run.indexInPoll(i));
            } else if (run.beginsLane(i)) {
                lanes.giveBack(run.slot(i));
            }
        }
        run.end = Math.min(run.end, unclaimed);
    }

    /** The worker claims a record only after it finished the one before, so all claimed ones but the last are done. */
    @GuardedBy("lock")
    private void leaveOnlyTheRecordBeingHandled(Run run) {
        if (batches != null) {
            return; // a batch is handled as a whole
        }
        takeBackUnclaimed(run);
        flush(run, run.end - 1);
        endSole(run);
    }

    /** The run has the partition to itself no longer: what it still has gets a lane, and so does all else. */
    @GuardedBy("lock")
    private void endSole(Run run) {
        if (sole.end(run)) {
            if (run.sweeps && run.flushed < run.end) {
                int last = run.end - 1;
                run.slot(last, backlog.keepRunning(run.polled(last), run.indexInPoll(last)));
            }
            run.sweeps = false;
            sort();
        }
    }

    /** From now on records are kept in lanes, as long as nobody comes for a long run. */
    @GuardedBy("lock")
    private void sort() {
        sweeping = false;
        backlog.sort();
    }

    @GuardedBy("lock")
    private void letGo(Run run) {
        Run last = running.remove(running.size() - 1);
        if (last != run) {
            running.set(run.place, last);
            last.place = run.place;
        }
        run.clear();
        sole.end(run);
    }

    @GuardedBy("lock")
    private int stopHandingOut() {
        state = State.CLOSING;
        countReady();
        for (Run run : running) {
            leaveOnlyTheRecordBeingHandled(run);
        }
        return lanes.dropWaiting() + backlog.drop();
    }

    @GuardedBy("lock")
    private void endEpoch() {
        if (state == State.OPEN) {
            stopHandingOut();
        }
        state = State.CLOSED;
        tracker = null;
        epoch++;
        intake.close();
        quiet.signalAll();
    }
}
