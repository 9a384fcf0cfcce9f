package dev.kq;

import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Decides which record of a partition may run next. Records that must keep an order share a lane; of a lane only the
 * first record is ever running or waiting for a retry, the others are chained behind it.
 *
 * <pre>
 *            add                takeReady                  release, nothing behind
 *  (no lane) ───► READY ─────────────────────► RUNNING ───────────────────────────► (no lane)
 *                   ▲  giveBack, release with more │ ▲
 *                   ├──────────────────────────────┘ └── advance (the next of the chain runs)
 *                   │            unpark          │ park
 *                   └──────────────── PARKED ◄───┘
 *                                        └── releaseParked: done without another attempt
 * </pre>
 *
 * <p>A plain data structure; its {@link PartitionQueue} guards it. Every record has a slot, a small integer, in arrays
 * that grow with the number of records held and not with the number of keys ever seen. A lane is known by the slot of
 * its first record. Lanes are exact: two keys never share one, whatever their hashes are.
 */
final class Lanes {
    static final int NONE = -1;

    private static final int QUEUED = 0;
    private static final int READY = 1;
    private static final int RUNNING = 2;
    private static final int PARKED = 3;

    private final Ordering ordering;

    // What there is for each slot lies side by side: fetcher and workers pass it from core to core, and each line of
    // the cache that goes along costs more than the rest together.
    private static final int HASH = 0;
    /** The state in the lowest two bits, the attempt above. */
    private static final int STATE = 1;
    /** The next slot of the lane, or of the free list. */
    private static final int NEXT = 2;
    /** The neighbour in the list of ready lanes. */
    private static final int READY_NEXT = 3;
    /** The last slot of the lane, kept at its first slot. */
    private static final int TAIL = 4;
    /** How many records the lane has, kept at its first slot. */
    private static final int LENGTH = 5;
    /** Where the record is: in which of the polls, and its place there; {@link #NONE} if the slot is free. */
    private static final int POLL = 6;

    private static final int INDEX = 7;
    private static final int INTS = 8;

    private static final int STATE_BITS = 3;
    private static final int ONE_ATTEMPT = 4;

    private int[] ints = new int[256 * INTS];
    private @Nullable Polled[] polls = new Polled[16];
    /** Places in {@link #polls} that are free. */
    private int[] freePolls = new int[16];

    private int freePollsUsed;
    private int pollsUsed;
    /** The poll that records are being added of. */
    private int newestPoll = NONE;

    /**
     * Open addressing, linear probing: of each lane that has a key the hash, in the high half, so that a search looks
     * at no other slots, and its first slot plus one; 0 is free.
     */
    private long[] table = new long[512];

    private int lanesInTable;
    private int free = NONE;
    private int used;
    private int readyFirst = NONE;
    private int readyLast = NONE;
    /** Records in ready lanes, chained ones included. */
    private int available;

    private int size;
    private long bytes;

    Lanes(Ordering ordering) {
        this.ordering = ordering;
    }

    /** The records that are added next are those of this poll. */
    void begin(Polled polled) {
        if (polled.place != NONE) {
            newestPoll = polled.place;
            return;
        }
        if (freePollsUsed > 0) {
            newestPoll = freePolls[--freePollsUsed];
        } else {
            if (pollsUsed == polls.length) {
                polls = Arrays.copyOf(polls, pollsUsed * 2);
                freePolls = Arrays.copyOf(freePolls, pollsUsed * 2);
            }
            newestPoll = pollsUsed++;
        }
        polls[newestPoll] = polled;
        polled.place = newestPoll;
    }

    /** Lets a record go, and the poll that it came with if it was the last one. */
    void release(Polled polled, int index) {
        if (polled.release(index) && polled.place != NONE) {
            polls[polled.place] = null;
            freePolls[freePollsUsed++] = polled.place;
            polled.place = NONE;
        }
    }

    /** Takes over a record: behind the others of its lane, or as a new lane that is ready. */
    void add(int index, ConsumerRecord<byte[], byte[]> record, int hash) {
        int slot = allocate();
        set(slot, POLL, newestPoll);
        set(slot, INDEX, index);
        set(slot, STATE, ONE_ATTEMPT | QUEUED);
        set(slot, NEXT, NONE);
        size++;
        bytes += FlowControl.bytesOf(record);
        if (ordered(record)) {
            int laneHash = ordering == Ordering.PARTITION ? 0 : hash;
            set(slot, HASH, laneHash);
            int at = find(record, laneHash);
            if (table[at] != 0) {
                int first = slotOf(table[at]);
                set(get(first, TAIL), NEXT, slot);
                set(first, TAIL, slot);
                set(first, LENGTH, get(first, LENGTH) + 1);
                if (state(first) == READY) {
                    available++;
                }
                return;
            }
            table[at] = entry(laneHash, slot);
            if (++lanesInTable * 2 > table.length) {
                growTable();
            }
        }
        set(slot, TAIL, slot);
        set(slot, LENGTH, 1);
        makeReadyLast(slot);
    }

    boolean hasReady() {
        return readyFirst != NONE;
    }

    /** Records that could be taken at once: those of ready lanes and what is chained behind them. */
    int available() {
        return available;
    }

    /** Lanes of records that must keep an order. */
    int ordered() {
        return lanesInTable;
    }

    /** Takes the lane that is ready for longest and returns its first slot. */
    int takeReady() {
        int slot = readyFirst;
        readyFirst = get(slot, READY_NEXT);
        if (readyFirst == NONE) {
            readyLast = NONE;
        }
        become(slot, RUNNING);
        available -= get(slot, LENGTH);
        return slot;
    }

    /** When the record was polled that {@link #takeReady} would take. */
    long firstReadyPolledNanos() {
        return poll(readyFirst).nanos();
    }

    /** The slot chained behind this one, or {@link #NONE}. */
    int next(int slot) {
        return get(slot, NEXT);
    }

    ConsumerRecord<byte[], byte[]> record(int slot) {
        return poll(slot).record(get(slot, INDEX));
    }

    /** What has the record of a slot, at {@link #index}. */
    Polled poll(int slot) {
        int poll = get(slot, POLL);
        Polled polled = poll == NONE ? null : polls[poll];
        if (polled == null) {
            throw new IllegalStateException("BUG: slot " + slot + " holds no record");
        }
        return polled;
    }

    int index(int slot) {
        return get(slot, INDEX);
    }

    long sequence(int slot) {
        return poll(slot).sequence(get(slot, INDEX));
    }

    /** How many times the record has been given to a handler, this time included. */
    int attempt(int slot) {
        return get(slot, STATE) >> 2;
    }

    /** A record that is chained behind a running one runs together with it. */
    void runToo(int slot) {
        become(slot, RUNNING);
    }

    /** Removes the first record of a running lane; the next one of the chain is running now. */
    void advance(int slot) {
        become(removeFirst(slot), RUNNING);
    }

    /** Removes the first record of a running lane; what is chained behind it becomes ready. */
    void release(int slot) {
        int successor = removeFirst(slot);
        if (successor != NONE) {
            makeReadyLast(successor);
        }
    }

    /** Puts a running lane, none of whose records was begun, back to where it came from. */
    void giveBack(int slot) {
        become(slot, READY);
        available += get(slot, LENGTH);
        set(slot, READY_NEXT, readyFirst);
        readyFirst = slot;
        if (readyLast == NONE) {
            readyLast = slot;
        }
    }

    /** Lets a running lane wait for its next attempt; what ran together with its first record does so too. */
    void park(int slot) {
        become(slot, PARKED);
        set(slot, STATE, get(slot, STATE) + ONE_ATTEMPT);
        for (int s = get(slot, NEXT); s != NONE && state(s) == RUNNING; s = get(s, NEXT)) {
            become(s, QUEUED);
        }
    }

    /** Makes a parked lane ready again; false if that record is not there any more. */
    boolean unpark(int slot, ConsumerRecord<byte[], byte[]> record) {
        if (!parked(slot, record)) {
            return false;
        }
        makeReadyLast(slot);
        return true;
    }

    /** Whether the slot holds this record, parked. */
    boolean parked(int slot, ConsumerRecord<byte[], byte[]> record) {
        return slot < used && holds(slot) && record(slot) == record && state(slot) == PARKED;
    }

    /** Removes the first record of a parked lane; what is chained behind it becomes ready. */
    void releaseParked(int slot) {
        become(slot, RUNNING);
        release(slot);
    }

    /** Forgets every record that is not running. Returns how many. */
    int dropWaiting() {
        int before = size;
        readyFirst = NONE;
        readyLast = NONE;
        available = 0;
        for (int slot = 0; slot < used; slot++) {
            if (holds(slot) && state(slot) == RUNNING) {
                cutBehindRunning(slot);
            }
        }
        for (int slot = 0; slot < used; slot++) {
            if (!holds(slot) || state(slot) == RUNNING) {
                continue;
            }
            if (state(slot) != QUEUED && ordered(record(slot))) {
                removeFromTable(slot);
            }
            freeSlot(slot);
        }
        return before - size;
    }

    private void cutBehindRunning(int first) {
        int last = first;
        int length = 1;
        while (get(last, NEXT) != NONE && state(get(last, NEXT)) == RUNNING) {
            last = get(last, NEXT);
            length++;
        }
        set(last, NEXT, NONE);
        set(first, TAIL, last);
        set(first, LENGTH, length);
    }

    /** Records held: ready, running, parked or chained. */
    int size() {
        return size;
    }

    /** Polls of which a record is held. */
    int polls() {
        return pollsUsed - freePollsUsed;
    }

    /** Bytes of the records held: keys, values, and an allowance for each record's own objects. */
    long bytes() {
        return bytes;
    }

    private boolean ordered(ConsumerRecord<byte[], byte[]> record) {
        return switch (ordering) {
            case KEY -> record.key() != null;
            case PARTITION -> true;
            case NONE -> false;
        };
    }

    private void makeReadyLast(int slot) {
        become(slot, READY);
        available += get(slot, LENGTH);
        set(slot, READY_NEXT, NONE);
        if (readyLast == NONE) {
            readyFirst = slot;
        } else {
            set(readyLast, READY_NEXT, slot);
        }
        readyLast = slot;
    }

    /** Removes the first record of a lane and returns the one that is first now, or {@link #NONE}. */
    private int removeFirst(int slot) {
        if (state(slot) != RUNNING) {
            throw new IllegalStateException("BUG: slot " + slot + " is not running");
        }
        int successor = get(slot, NEXT);
        if (ordered(record(slot))) {
            if (successor == NONE) {
                removeFromTable(slot);
            } else {
                table[findSlot(slot)] = entry(get(slot, HASH), successor);
            }
        }
        if (successor != NONE) {
            set(successor, TAIL, get(slot, TAIL));
            set(successor, LENGTH, get(slot, LENGTH) - 1);
        }
        freeSlot(slot);
        return successor;
    }

    private int allocate() {
        if (free != NONE) {
            int slot = free;
            free = get(slot, NEXT);
            return slot;
        }
        if (used * INTS == ints.length) {
            ints = Arrays.copyOf(ints, used * 2 * INTS);
        }
        return used++;
    }

    private void freeSlot(int slot) {
        bytes -= FlowControl.bytesOf(record(slot));
        size--;
        release(poll(slot), get(slot, INDEX));
        set(slot, POLL, NONE);
        set(slot, NEXT, free);
        free = slot;
    }

    private static long entry(int hash, int slot) {
        return (long) hash << 32 | (slot + 1);
    }

    private static int slotOf(long entry) {
        return (int) entry - 1;
    }

    private static int hashOf(long entry) {
        return (int) (entry >>> 32);
    }

    /** The place of the lane of this record's key in the table, or the free place where it belongs. */
    private int find(ConsumerRecord<byte[], byte[]> record, int hash) {
        int m = table.length - 1;
        int at = hash & m;
        while (table[at] != 0) {
            if (hashOf(table[at]) == hash
                    && (ordering == Ordering.PARTITION
                            || Arrays.equals(record(slotOf(table[at])).key(), record.key()))) {
                return at;
            }
            at = (at + 1) & m;
        }
        return at;
    }

    private int findSlot(int slot) {
        int m = table.length - 1;
        int at = get(slot, HASH) & m;
        while (slotOf(table[at]) != slot) {
            if (table[at] == 0) {
                throw new IllegalStateException("BUG: slot " + slot + " has no lane");
            }
            at = (at + 1) & m;
        }
        return at;
    }

    /** Removes a lane and moves later entries up, so that no search stops short of its entry. */
    private void removeFromTable(int first) {
        int m = table.length - 1;
        int hole = findSlot(first);
        lanesInTable--;
        for (int at = (hole + 1) & m; table[at] != 0; at = (at + 1) & m) {
            int home = hashOf(table[at]) & m;
            if (((at - home) & m) >= ((at - hole) & m)) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole] = 0;
    }

    private void growTable() {
        long[] old = table;
        table = new long[old.length * 2];
        int m = table.length - 1;
        for (long entry : old) {
            if (entry != 0) {
                int at = hashOf(entry) & m;
                while (table[at] != 0) {
                    at = (at + 1) & m;
                }
                table[at] = entry;
            }
        }
    }

    private boolean holds(int slot) {
        return get(slot, POLL) != NONE;
    }

    private int state(int slot) {
        return get(slot, STATE) & STATE_BITS;
    }

    private void become(int slot, int state) {
        set(slot, STATE, (get(slot, STATE) & ~STATE_BITS) | state);
    }

    private int get(int slot, int field) {
        return ints[slot * INTS + field];
    }

    private void set(int slot, int field, int value) {
        ints[slot * INTS + field] = value;
    }
}
