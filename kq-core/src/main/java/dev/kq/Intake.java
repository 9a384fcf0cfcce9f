package dev.kq;

/**
 * Whether one partition is fetched: stopped when it is full or when workers have enough, each until that is over. Tells
 * the queue's {@link FlowControl} how many records of the partition are ready.
 *
 * <p>A plain data structure; its {@link PartitionQueue} guards it.
 */
final class Intake {
    private final FlowControl flow;
    private boolean full;
    private boolean enough;
    /** As the flow control knows it. */
    private int ready;

    Intake(FlowControl flow) {
        this.flow = flow;
    }

    /** The partition was assigned; it is fetched. */
    void open() {
        full = false;
        enough = false;
        flow.partitionOpened();
    }

    /** The partition is not assigned any more. */
    void close() {
        flow.partitionClosed();
    }

    /** How many of its records a worker could have at once. */
    void ready(int records) {
        flow.readyChanged(records - ready);
        ready = records;
    }

    /** Whether nearly nothing is ready. */
    boolean isLow() {
        return flow.isLow(ready);
    }

    /** Looks whether no more should be fetched; the parameters are those of {@link FlowControl#full}. */
    boolean isStopped(int held, long bytes, int window) {
        full = full ? !flow.drained(held, bytes, window) : flow.full(held, bytes, window);
        enough = enough ? !flow.wanted(ready) : flow.plenty(ready);
        return full || enough;
    }

    /** Whether it was stopped and is no longer. */
    boolean starts(int held, long bytes, int window) {
        if (!full && !enough) {
            return false;
        }
        full = full && !flow.drained(held, bytes, window);
        enough = enough && !flow.wanted(ready);
        return !full && !enough;
    }
}
