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

    private static final byte QUEUED = 0;
    private static final byte READY = 1;
    private static final byte RUNNING = 2;
    private static final byte PARKED = 3;

    private final Ordering ordering;

    // One entry for each slot.
    private @Nullable ConsumerRecord<byte[], byte[]>[] records = newRecords(256);
    private long[] sequences = new long[256];
    private long[] polled = new long[256];
    private int[] hashes = new int[256];
    private int[] attempts = new int[256];
    /** The next slot of the lane, or of the free list. */
    private int[] next = new int[256];
    /** The neighbours in the list of ready lanes. */
    private int[] readyNext = new int[256];
    /** The last slot of the lane, kept at its first slot. */
    private int[] tails = new int[256];
    /** How many records the lane has, kept at its first slot. */
    private int[] lengths = new int[256];

    private byte[] states = new byte[256];

    /** Open addressing, linear probing: the first slot of each lane that has a key, plus one; 0 is free. */
    private int[] table = new int[512];

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

    /** Takes over a record: behind the others of its lane, or as a new lane that is ready. */
    void add(ConsumerRecord<byte[], byte[]> record, int hash, long sequence, long polledNanos) {
        int slot = allocate();
        polled[slot] = polledNanos;
        records[slot] = record;
        sequences[slot] = sequence;
        attempts[slot] = 1;
        next[slot] = NONE;
        size++;
        bytes += bytesOf(record);
        if (ordered(record)) {
            int laneHash = ordering == Ordering.PARTITION ? 0 : hash;
            hashes[slot] = laneHash;
            int at = find(record, laneHash);
            if (table[at] != 0) {
                int first = table[at] - 1;
                next[tails[first]] = slot;
                tails[first] = slot;
                states[slot] = QUEUED;
                lengths[first]++;
                if (states[first] == READY) {
                    available++;
                }
                return;
            }
            table[at] = slot + 1;
            if (++lanesInTable * 2 > table.length) {
                growTable();
            }
        }
        tails[slot] = slot;
        lengths[slot] = 1;
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
        readyFirst = readyNext[slot];
        if (readyFirst == NONE) {
            readyLast = NONE;
        }
        states[slot] = RUNNING;
        available -= lengths[slot];
        return slot;
    }

    /** When the record was polled that {@link #takeReady} would take. */
    long firstReadyPolledNanos() {
        return polled[readyFirst];
    }

    /** The slot chained behind this one, or {@link #NONE}. */
    int next(int slot) {
        return next[slot];
    }

    ConsumerRecord<byte[], byte[]> record(int slot) {
        ConsumerRecord<byte[], byte[]> record = records[slot];
        if (record == null) {
            throw new IllegalStateException("BUG: slot " + slot + " holds no record");
        }
        return record;
    }

    long sequence(int slot) {
        return sequences[slot];
    }

    /** How many times the record has been given to a handler, this time included. */
    int attempt(int slot) {
        return attempts[slot];
    }

    /** A record that is chained behind a running one runs together with it. */
    void runToo(int slot) {
        states[slot] = RUNNING;
    }

    /** Removes the first record of a running lane; the next one of the chain is running now. */
    void advance(int slot) {
        states[removeFirst(slot)] = RUNNING;
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
        states[slot] = READY;
        available += lengths[slot];
        readyNext[slot] = readyFirst;
        readyFirst = slot;
        if (readyLast == NONE) {
            readyLast = slot;
        }
    }

    /** Lets a running lane wait for its next attempt; what ran together with its first record does so too. */
    void park(int slot) {
        states[slot] = PARKED;
        attempts[slot]++;
        for (int s = next[slot]; s != NONE && states[s] == RUNNING; s = next[s]) {
            states[s] = QUEUED;
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
        return slot < used && records[slot] == record && states[slot] == PARKED;
    }

    /** Removes the first record of a parked lane; what is chained behind it becomes ready. */
    void releaseParked(int slot) {
        states[slot] = RUNNING;
        release(slot);
    }

    /** Forgets every record that is not running. Returns how many. */
    int dropWaiting() {
        int before = size;
        readyFirst = NONE;
        readyLast = NONE;
        available = 0;
        for (int slot = 0; slot < used; slot++) {
            if (records[slot] != null && states[slot] == RUNNING) {
                cutBehindRunning(slot);
            }
        }
        for (int slot = 0; slot < used; slot++) {
            if (records[slot] == null || states[slot] == RUNNING) {
                continue;
            }
            if (states[slot] != QUEUED && ordered(record(slot))) {
                removeFromTable(slot);
            }
            freeSlot(slot);
        }
        return before - size;
    }

    private void cutBehindRunning(int first) {
        int last = first;
        int length = 1;
        while (next[last] != NONE && states[next[last]] == RUNNING) {
            last = next[last];
            length++;
        }
        next[last] = NONE;
        tails[first] = last;
        lengths[first] = length;
    }

    /** Records held: ready, running, parked or chained. */
    int size() {
        return size;
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
        states[slot] = READY;
        available += lengths[slot];
        readyNext[slot] = NONE;
        if (readyLast == NONE) {
            readyFirst = slot;
        } else {
            readyNext[readyLast] = slot;
        }
        readyLast = slot;
    }

    /** Removes the first record of a lane and returns the one that is first now, or {@link #NONE}. */
    private int removeFirst(int slot) {
        if (states[slot] != RUNNING) {
            throw new IllegalStateException("BUG: slot " + slot + " is not running");
        }
        int successor = next[slot];
        if (ordered(record(slot))) {
            if (successor == NONE) {
                removeFromTable(slot);
            } else {
                table[findSlot(slot)] = successor + 1;
            }
        }
        if (successor != NONE) {
            tails[successor] = tails[slot];
            lengths[successor] = lengths[slot] - 1;
        }
        freeSlot(slot);
        return successor;
    }

    private int allocate() {
        if (free != NONE) {
            int slot = free;
            free = next[slot];
            return slot;
        }
        if (used == states.length) {
            int capacity = used * 2;
            records = Arrays.copyOf(records, capacity);
            sequences = Arrays.copyOf(sequences, capacity);
            polled = Arrays.copyOf(polled, capacity);
            hashes = Arrays.copyOf(hashes, capacity);
            attempts = Arrays.copyOf(attempts, capacity);
            next = Arrays.copyOf(next, capacity);
            readyNext = Arrays.copyOf(readyNext, capacity);
            tails = Arrays.copyOf(tails, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
            states = Arrays.copyOf(states, capacity);
        }
        return used++;
    }

    private void freeSlot(int slot) {
        bytes -= bytesOf(record(slot));
        size--;
        records[slot] = null;
        states[slot] = QUEUED;
        next[slot] = free;
        free = slot;
    }

    /** The place of the lane of this record's key in the table, or the free place where it belongs. */
    private int find(ConsumerRecord<byte[], byte[]> record, int hash) {
        int m = table.length - 1;
        int at = hash & m;
        while (table[at] != 0) {
            int slot = table[at] - 1;
            if (hashes[slot] == hash
                    && (ordering == Ordering.PARTITION
                            || Arrays.equals(record(slot).key(), record.key()))) {
                return at;
            }
            at = (at + 1) & m;
        }
        return at;
    }

    private int findSlot(int slot) {
        int m = table.length - 1;
        int at = hashes[slot] & m;
        while (table[at] != slot + 1) {
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
            int home = hashes[table[at] - 1] & m;
            if (((at - home) & m) >= ((at - hole) & m)) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole] = 0;
    }

    private void growTable() {
        int[] old = table;
        table = new int[old.length * 2];
        int m = table.length - 1;
        for (int entry : old) {
            if (entry != 0) {
                int at = hashes[entry - 1] & m;
                while (table[at] != 0) {
                    at = (at + 1) & m;
                }
                table[at] = entry;
            }
        }
    }

    private static long bytesOf(ConsumerRecord<byte[], byte[]> record) {
        return (long) FlowControl.RECORD_OVERHEAD
                + Math.max(0, record.serializedKeySize())
                + Math.max(0, record.serializedValueSize());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made in another way
    private static @Nullable ConsumerRecord<byte[], byte[]>[] newRecords(int capacity) {
        return new ConsumerRecord[capacity];
    }
}
