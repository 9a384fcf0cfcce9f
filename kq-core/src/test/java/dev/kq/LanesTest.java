package dev.kq;

import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LanesTest {
    @Test
    void recordsOfOneKey_runOneAfterTheOther() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, 0, "a");
        add(lanes, 1, "a");

        int first = lanes.takeReady();
        assertThat(lanes.record(first).offset()).isZero();
        assertThat(lanes.hasReady()).isFalse();

        lanes.release(first);
        assertThat(lanes.record(lanes.takeReady()).offset()).isEqualTo(1);
    }

    @Test
    void keysWithOneHash_doNotShareALane() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, record(0, "a"), 7);
        add(lanes, record(1, "b"), 7);

        lanes.takeReady();
        assertThat(lanes.hasReady()).isTrue();
    }

    @Test
    void keysAreComparedByTheirBytes() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, 0, "same");
        add(lanes, 1, new String("same".toCharArray()));

        lanes.takeReady();
        assertThat(lanes.hasReady()).isFalse();
    }

    @Test
    void nullKeys_runInParallel_underKeyOrder() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, 0, null);
        add(lanes, 1, null);

        lanes.takeReady();
        assertThat(lanes.hasReady()).isTrue();
    }

    @Test
    void emptyKey_isAKeyLikeOthers() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, 0, "");
        add(lanes, 1, "");

        lanes.takeReady();
        assertThat(lanes.hasReady()).isFalse();
    }

    @Test
    void partitionOrder_hasOneLane_alsoForNullKeys() {
        Lanes lanes = new Lanes(Ordering.PARTITION);
        add(lanes, 0, "a");
        add(lanes, 1, null);
        add(lanes, 2, "b");

        lanes.takeReady();
        assertThat(lanes.hasReady()).isFalse();
    }

    @Test
    void parkedLane_holdsItsOwnRecordsBack_andNoOthers() {
        Lanes lanes = new Lanes(Ordering.KEY);
        add(lanes, 0, "a");
        add(lanes, 1, "b");
        add(lanes, 2, "a");

        int parked = lanes.takeReady();
        ConsumerRecord<byte[], byte[]> waiting = lanes.record(parked);
        lanes.park(parked);
        int other = lanes.takeReady();
        assertThat(lanes.record(other).offset()).isEqualTo(1);
        lanes.release(other);
        assertThat(lanes.hasReady()).isFalse();

        assertThat(lanes.unpark(parked, waiting)).isTrue();
        assertThat(lanes.unpark(parked, waiting)).isFalse();
        int again = lanes.takeReady();
        assertThat(lanes.record(again).offset()).isZero();
        assertThat(lanes.attempt(again)).isEqualTo(2);
    }

    @Test
    void dropWaiting_keepsOnlyWhatRuns_andItsLaneShut() {
        Lanes lanes = new Lanes(Ordering.KEY);
        for (int i = 0; i < 100; i++) {
            add(lanes, i, "k" + i % 10);
        }
        int running = lanes.takeReady();
        int parked = lanes.takeReady();
        lanes.park(parked);

        assertThat(lanes.dropWaiting()).isEqualTo(99);
        assertThat(lanes.size()).isEqualTo(1);
        assertThat(lanes.hasReady()).isFalse();

        add(lanes, 100, "k0");
        assertThat(lanes.hasReady()).isFalse();
        lanes.release(running);
        int next = lanes.takeReady();
        assertThat(lanes.record(next).offset()).isEqualTo(100);
        lanes.release(next);
        assertThat(lanes.size()).isZero();
        assertThat(lanes.bytes()).isZero();
    }

    /** Random operations beside an oracle that keeps plain lists and knows the rules of order. */
    @ParameterizedTest
    @EnumSource(Ordering.class)
    void agreesWithTheOracle_forRandomSequences(Ordering ordering) {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Lanes lanes = new Lanes(ordering);
            LaneOracle oracle = new LaneOracle(ordering);
            Set<Integer> running = new HashSet<>();
            List<Integer> parked = new ArrayList<>();
            int keys = 1 + random.nextInt(60);
            long offset = 0;
            for (int step = 0; step < 2000; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        String key = random.nextInt(10) == 0 ? null : "k" + random.nextInt(keys);
                        ConsumerRecord<byte[], byte[]> r = record(offset++, key);
                        // a hash of three bits, so that many keys collide
                        add(lanes, r, KeyHash.of(r.key()) & 7);
                        oracle.add(r);
                    }
                    case 3, 4 -> {
                        assertThat(lanes.hasReady()).isEqualTo(oracle.hasRunnable());
                        if (lanes.hasReady()) {
                            int slot = lanes.takeReady();
                            oracle.start(lanes.record(slot));
                            running.add(slot);
                        }
                    }
                    case 5, 6 -> {
                        if (!running.isEmpty()) {
                            int slot = running.iterator().next();
                            running.remove(slot);
                            oracle.finish(lanes.record(slot));
                            lanes.release(slot);
                        }
                    }
                    default -> {
                        if (random.nextInt(200) == 0) {
                            oracle.dropWaiting();
                            lanes.dropWaiting();
                            parked.clear();
                        } else if (random.nextBoolean() && !running.isEmpty()) {
                            int slot = running.iterator().next();
                            running.remove(slot);
                            parked.add(slot);
                            oracle.park(lanes.record(slot));
                            lanes.park(slot);
                        } else if (!parked.isEmpty()) {
                            int slot = parked.remove(0);
                            oracle.unpark(lanes.record(slot));
                            assertThat(lanes.unpark(slot, lanes.record(slot))).isTrue();
                        }
                    }
                }
                assertThat(lanes.size()).as("seed %d step %d", seed, step).isEqualTo(oracle.size());
            }
        }
    }

    private static void add(Lanes lanes, long offset, @Nullable String key) {
        ConsumerRecord<byte[], byte[]> r = record(offset, key);
        add(lanes, r, KeyHash.of(r.key()));
    }

    private static void add(Lanes lanes, ConsumerRecord<byte[], byte[]> record, int hash) {
        lanes.begin(new Polled(List.of(record), record.offset(), 0));
        lanes.add(0, record, hash);
    }
}
