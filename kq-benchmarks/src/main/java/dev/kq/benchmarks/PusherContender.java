package dev.kq.benchmarks;

import dev.kq.pusher.Pusher;
import dev.kq.pusher.PusherBuilder;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The pusher as its Javadoc shows it: the future is left alone, failures are counted and logged inside. */
final class PusherContender implements Contender {
    private final Pusher pusher;

    PusherContender(PusherBuilder settings) {
        this.pusher = settings.build();
    }

    @Override
    public void push(@Nullable String key, String value) {
        pusher.push(key, value);
    }

    @Override
    public void push(@Nullable String key, String value, Runnable acknowledged) {
        CompletableFuture<Void> unused = pusher.push(key, value).thenRun(acknowledged);
    }

    @Override
    public void flush() {
        pusher.flush();
    }

    @Override
    public long failures() {
        return pusher.stats().failed();
    }

    @Override
    public void close() {
        pusher.close();
    }
}
