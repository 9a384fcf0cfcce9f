package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyHashTest {
    private static final int KEYS = 1 << 14;

    static Stream<IntFunction<byte[]>> kindsOfKeys() {
        return Stream.of(
                i -> Integer.toString(i).getBytes(StandardCharsets.UTF_8),
                i -> ("customer-" + i).getBytes(StandardCharsets.UTF_8),
                i -> ByteBuffer.allocate(8).putLong(i).array(),
                i -> ByteBuffer.allocate(4).putInt(i << 14).array(),
                i -> ByteBuffer.allocate(24).putLong(16, (long) i << 40).array());
    }

    /** As balls in bins: with as many keys as bins, 1/e of the bins stay empty. */
    @ParameterizedTest
    @MethodSource("kindsOfKeys")
    void keys_spreadOverATable(IntFunction<byte[]> keys) {
        Set<Integer> low = new HashSet<>();
        Set<Integer> high = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            int hash = KeyHash.of(keys.apply(i));
            low.add(hash & KEYS - 1);
            high.add(hash >>> 18);
        }
        assertThat((double) low.size() / KEYS).isBetween(0.61, 0.66);
        assertThat((double) high.size() / KEYS).isBetween(0.61, 0.66);
    }

    @Test
    void sameBytes_sameHash() { // R47
        for (int length = 0; length < 40; length++) {
            byte[] key = new byte[length];
            java.util.Arrays.fill(key, (byte) length);
            assertThat(KeyHash.of(key)).isEqualTo(KeyHash.of(key.clone()));
        }
    }

    @Test
    void keysThatDifferInTheirLengthOnly_differ() {
        Set<Integer> hashes = new HashSet<>();
        for (int length = 0; length < 64; length++) {
            hashes.add(KeyHash.of(new byte[length]));
        }
        assertThat(hashes).hasSize(64);
    }

    @Test
    void nullKey_hasAHashToo() {
        assertThat(KeyHash.of(null)).isZero();
    }

    @Test
    void seed_differsFromJvmToJvm() throws Exception {
        int here = KeyHash.of("key-1".getBytes(StandardCharsets.UTF_8));
        Mutant anotherJvm = Mutant.of("Health.java", "DEGRADED,", "DEGRADED,"); // all classes are loaded anew

        assertThat(anotherJvm.call(KeyHash.class, "of", (Object) "key-1".getBytes(StandardCharsets.UTF_8)))
                .isNotEqualTo(here);
    }
}
