package dev.kq;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Hashes record keys, seeded for each JVM so that nobody can send keys that are known to collide. Stateless. */
final class KeyHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long SEED = ThreadLocalRandom.current().nextLong();
    private static final long MULTIPLIER = ThreadLocalRandom.current().nextLong() | 1;

    private KeyHash() {}

    /** The hash of a key's bytes; 0 for a null key. */
    static int of(byte @Nullable [] key) {
        if (key == null) {
            return 0;
        }
        long h = SEED ^ key.length;
        int i = 0;
        for (; i + Long.BYTES <= key.length; i += Long.BYTES) {
            h = mix(h ^ (long) LONGS.get(key, i));
        }
        long rest = 0;
        for (; i < key.length; i++) {
            rest = rest << 8 | (key[i] & 0xff);
        }
        h = mix(h ^ rest) * 0xD6E8FEB86659FD93L; // once more: for some seeds one mix left keys that count up in heaps
        return (int) (h ^ h >>> 32);
    }

    private static long mix(long h) {
        h *= MULTIPLIER;
        h ^= h >>> 29;
        h *= 0x9E3779B97F4A7C15L;
        return h ^ h >>> 32;
    }
}
