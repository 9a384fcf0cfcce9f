package dev.kq;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A service that writes down what is asked of it, with a start and a stop that can be anything. */
final class FakeService implements Service {
    interface Act {
        void run() throws Exception;
    }

    interface Stop {
        void run(Duration timeout) throws Exception;
    }

    private final String name;
    private final Phase phase;
    private final List<String> events;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Act start = () -> {};
    private Stop stop = timeout -> {};

    /** @param events must be safe for any thread */
    FakeService(String name, Phase phase, List<String> events) {
        this.name = name;
        this.phase = phase;
        this.events = events;
    }

    FakeService starting(Act value) {
        start = value;
        return this;
    }

    FakeService stopping(Stop value) {
        stop = value;
        return this;
    }

    void die(Throwable failure) {
        ended.completeExceptionally(failure);
    }

    void end() {
        ended.complete(null);
    }

    @Override
    public void start() throws Exception {
        events.add("start " + name);
        start.run();
    }

    @Override
    public void stop(Duration timeout) throws Exception {
        events.add("stop " + name);
        stop.run(timeout);
        events.add("stopped " + name);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Phase phase() {
        return phase;
    }

    @Override
    public CompletionStage<?> ended() {
        return ended;
    }
}
