package dev.kq.testkit.guarantee;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** When each record was done for the first time, by whichever process: handled to its end, or a dead letter. */
final class FirstEnds {
    /** Never done; later than every time. */
    static final long NEVER = Long.MAX_VALUE;

    private final TopicRecords records;
    private final long[][] byPartition;
    private final @Nullable String[][] runs;

    FirstEnds(Evidence evidence) {
        records = evidence.records();
        byPartition = new long[records.partitions()][];
        runs = new String[byPartition.length][];
        for (int p = 0; p < byPartition.length; p++) {
            byPartition[p] = new long[records.count(p)];
            Arrays.fill(byPartition[p], NEVER);
            runs[p] = new String[byPartition[p].length];
        }
        for (Evidence.Run run : evidence.runs()) {
            for (Event end : run.events(Event.Kind.ENDED)) {
                if (records.knows(end)) {
                    done(end.partition(), end.offset(), end.nanos(), run.name());
                }
            }
        }
        for (Evidence.Letter letter : evidence.letters()) {
            done(letter.partition(), letter.offset(), letter.nanos(), null);
        }
    }

    private void done(int partition, long offset, long nanos, @Nullable String by) {
        int index = records.indexOf(partition, offset);
        if (index >= 0 && nanos < byPartition[partition][index]) {
            byPartition[partition][index] = nanos;
            runs[partition][index] = by;
        }
    }

    /** Of the how manieth record of the partition. */
    long of(int partition, int index) {
        return byPartition[partition][index];
    }

    /** The run that was first to handle it, null if none was or it is a dead letter. */
    @Nullable
    String runOf(int partition, int index) {
        return runs[partition][index];
    }

    /** How many records were done for the first time in that time. */
    long within(long from, long to) {
        return Arrays.stream(byPartition)
                .flatMapToLong(Arrays::stream)
                .filter(end -> end >= from && end <= to)
                .count();
    }

    /** For each number of records from the first one of the partition on, when all of them were done. */
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
