package dev.kq.pusher;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Pushes records that readers with {@code isolation.level=read_committed} see all or not at all. Given to a
 * {@link TransactionBody} and valid while it runs, for any number of threads.
 *
 * <p>A future completes when its record is stored, which is before the transaction ends: it counts only once
 * {@link Pusher#inTransaction} has returned. A failed push fails the transaction.
 */
public interface Transaction {
    /** Pushes a record without a key, as {@link Pusher#push(String)}. */
    @CanIgnoreReturnValue
    default CompletableFuture<PushResult> push(@Nullable String value) {
        return push(PushRecord.of(value));
    }

    /** Pushes a record, as {@link Pusher#push(String, String)}. */
    @CanIgnoreReturnValue
    default CompletableFuture<PushResult> push(@Nullable String key, @Nullable String value) {
        return push(PushRecord.of(key, value));
    }

    /** Pushes a record, as {@link Pusher#push(PushRecord)}. */
    @CanIgnoreReturnValue
    CompletableFuture<PushResult> push(PushRecord record);
}
