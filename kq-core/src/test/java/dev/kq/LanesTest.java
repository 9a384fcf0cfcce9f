package dev.kq;

import static dev.kq.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LanesTest {
    /** Fewer where each of many mutations runs them. */
    private static final int SEEDS = Integer.getInteger("kq.seeds", 60);

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

    @Test
    void moreKeysThanTheTableHadPlaces_keepTheirLanes() {
        Lanes lanes = new Lanes(Ordering.KEY);
        int keys = 3000;
        for (int i = 0; i < 2 * keys; i++) {
            add(lanes, i, "key-" + i % keys);
        }
        assertThat(lanes.ordered()).isEqualTo(keys);
        List<Integer> running = new ArrayList<>();
        while (lanes.hasReady()) {
            running.add(lanes.takeReady());
        }
        assertThat(running).hasSize(keys);
        running.forEach(lanes::release);
        for (int i = keys; i < 2 * keys; i++) {
            int slot = lanes.takeReady();
            assertThat(lanes.record(slot).offset()).isEqualTo(i);
            lanes.release(slot);
        }
        assertThat(lanes.size()).isZero();
        assertThat(lanes.ordered()).isZero();
    }

    /** Random operations beside an oracle that keeps plain lists and knows the rules of order. */
    @ParameterizedTest
    @EnumSource(Ordering.class)
    void agreesWithTheOracle_forRandomSequences(Ordering ordering) {
        for (long seed = 0; seed < SEEDS; seed++) {
            new RandomSequence(ordering, seed).play();
        }
    }

    /** One sequence of operations, on the lanes and on the oracle. */
    private static final class RandomSequence {
        private final long seed;
        private final Random random;
        private final Lanes lanes;
        private final LaneOracle oracle;
        private final int keys;
        /** What runs together: slots of one lane, from its first on. */
        private final List<List<Integer>> running = new ArrayList<>();

        private final List<Integer> parked = new ArrayList<>();
        private final Map<Long, Integer> attempts = new HashMap<>();
        private long offset;

        RandomSequence(Ordering ordering, long seed) {
            this.seed = seed;
            random = new Random(seed);
            lanes = new Lanes(ordering);
            oracle = new LaneOracle(ordering);
            keys = 1 + random.nextInt(60);
        }

        void play() {
            for (int step = 0; step < 2000; step++) {
                switch (random.nextInt(9)) {
                    case 0, 1 -> poll();
                    case 2, 3, 4 -> take();
                    case 5, 6 -> finish();
                    case 7 -> fail();
                    default -> parkedOrDropped();
                }
                assertThat(lanes.size()).as("seed %d step %d", seed, step).isEqualTo(oracle.size());
                if (step % 20 == 0) {
                    compare();
                }
            }
            while (lanes.size() > 0) {
                take();
                finish();
                while (!parked.isEmpty()) {
                    finishParked();
                }
            }
            compare();
        }

        private void compare() {
            assertThat(lanes.hasReady()).isEqualTo(oracle.hasRunnable());
            assertThat((long) lanes.available()).isEqualTo(oracle.available());
            assertThat((long) lanes.ordered()).isEqualTo(oracle.ordered());
            assertThat(lanes.bytes()).isEqualTo(oracle.bytes());
        }

        private void poll() {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(4); i++) {
                records.add(record(offset++, random.nextInt(10) == 0 ? null : "k" + random.nextInt(keys)));
            }
            long first = records.get(0).offset();
            lanes.begin(new Polled(records, first, nanos(first)));
            for (int i = 0; i < records.size(); i++) {
                // a hash of three bits, so that many keys collide
                lanes.add(i, records.get(i), KeyHash.of(records.get(i).key()) & 7);
                oracle.add(records.get(i));
                attempts.put(records.get(i).offset(), 1);
            }
        }

        private static long nanos(long firstOffset) {
            return firstOffset * 1000;
        }

        private void take() {
            if (!lanes.hasReady()) {
                assertThat(oracle.hasRunnable()).isFalse();
                return;
            }
            long polled = lanes.firstReadyPolledNanos();
            int slot = lanes.takeReady();
            assertThat(polled)
                    .isBetween(
                            nanos(lanes.record(slot).offset() - 3),
                            nanos(lanes.record(slot).offset()));
            assertThat(lanes.sequence(slot)).isEqualTo(lanes.record(slot).offset());
            assertThat(lanes.attempt(slot))
                    .isEqualTo(attempts.get(lanes.record(slot).offset()));
            if (random.nextInt(6) == 0) {
                lanes.giveBack(slot);
                assertThat(lanes.takeReady()).as("it is the first again").isEqualTo(slot);
            }
            List<Integer> together = new ArrayList<>(List.of(slot));
            oracle.start(lanes.record(slot));
            for (int s = lanes.next(slot); s != Lanes.NONE && random.nextBoolean(); s = lanes.next(s)) {
                lanes.runToo(s);
                oracle.startToo(lanes.record(s));
                together.add(s);
            }
            running.add(together);
        }

        private void finish() {
            if (!running.isEmpty()) {
                List<Integer> together = running.remove(random.nextInt(running.size()));
                finish(together, together.size());
            }
        }

        /** The first ones of those that run together. */
        private void finish(List<Integer> together, int count) {
            for (int i = 0; i < count; i++) {
                oracle.finish(lanes.record(together.get(i)));
                if (i + 1 < together.size()) {
                    lanes.advance(together.get(i));
                } else {
                    lanes.release(together.get(i));
                }
            }
        }

        /** One of those that run together; those before it are done, those behind it wait. */
        private void fail() {
            if (!running.isEmpty()) {
                List<Integer> together = running.remove(random.nextInt(running.size()));
                int failing = random.nextInt(together.size());
                finish(together, failing);
                int slot = together.get(failing);
                oracle.park(lanes.record(slot));
                together.subList(failing + 1, together.size()).forEach(s -> oracle.giveBack(lanes.record(s)));
                lanes.park(slot);
                attempts.merge(lanes.record(slot).offset(), 1, Integer::sum);
                parked.add(slot);
            }
        }

        private void parkedOrDropped() {
            if (random.nextInt(100) == 0) {
                assertThat(lanes.dropWaiting()).isEqualTo(oracle.dropWaiting());
                parked.clear();
            } else if (!parked.isEmpty()) {
                if (random.nextBoolean()) {
                    finishParked();
                } else {
                    int slot = parked.remove(0);
                    ConsumerRecord<byte[], byte[]> record = lanes.record(slot);
                    oracle.unpark(record);
                    assertThat(lanes.unpark(slot, record(-1, "another"))).isFalse();
                    assertThat(lanes.unpark(slot, record)).isTrue();
                    assertThat(lanes.unpark(slot, record)).isFalse();
                }
            }
        }

        private void finishParked() {
            int slot = parked.remove(0);
            oracle.finishParked(lanes.record(slot));
            lanes.releaseParked(slot);
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
