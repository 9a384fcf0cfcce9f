package dev.kq.chaos;

import java.util.Arrays;

/** When each pushed record had been handled for the first time, by whichever instance. */
final class FirstEnds {
    /** Never handled; later than every time. */
    static final long NEVER = Long.MAX_VALUE;

    private final long[][] byPartition;
    private final String[][] runs;

    FirstEnds(Evidence evidence) {
        byPartition = new long[evidence.pushed().size()][];
        runs = new String[byPartition.length][];
        for (int p = 0; p < byPartition.length; p++) {
            byPartition[p] = new long[evidence.pushed().get(p).size()];
            Arrays.fill(byPartition[p], NEVER);
            runs[p] = new String[byPartition[p].length];
        }
        for (Evidence.Run run : evidence.runs()) {
            for (Event end : run.events(Event.Kind.ENDED)) {
                if (evidence.knows(end)) {
                    long[] ends = byPartition[end.partition()];
                    int offset = (int) end.offset();
                    if (end.nanos() < ends[offset]) {
                        ends[offset] = end.nanos();
                        runs[end.partition()][offset] = run.name();
                    }
                }
            }
        }
    }

    long of(int partition, long offset) {
        return byPartition[partition][(int) offset];
    }

    /** The run that was first to handle it, null if none was. */
    String runOf(int partition, long offset) {
        return runs[partition][(int) offset];
    }

    /** How many records were finished for the first time in that time. */
    long within(long from, long to) {
        return Arrays.stream(byPartition)
                .flatMapToLong(Arrays::stream)
                .filter(end -> end >= from && end <= to)
                .count();
    }

    /**
     * For each offset of the partition, when all records below it had been handled; one more than there are records.
     */
    long[] allBelow(int partition) {
        long[] ends = byPartition[partition];
        long[] all = new long[ends.length + 1];
        all[0] = Long.MIN_VALUE;
        for (int o = 0; o < ends.length; o++) {
            all[o + 1] = Math.max(all[o], ends[o]);
        }
        return all;
    }
}
