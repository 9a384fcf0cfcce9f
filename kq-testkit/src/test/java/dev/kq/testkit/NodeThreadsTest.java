package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;

class NodeThreadsTest {
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final NodeThreads threads = new NodeThreads(7, failure);

    @Test
    void halt_failsTheNodeAndNotTheJvm() {
        Future<?> task = threads.run("test", () -> {
            Exit.halt(1, "no disk");
            return true;
        });
        assertThatThrownBy(task::get).hasCauseInstanceOf(EmbeddedKafkaException.class);
        assertThat(failure.join()).hasMessage("kq-testkit-node-7 wanted to halt the JVM with status 1: no disk");
    }

    @Test
    void exit_failsTheNodeFromThreadsOfItsThreads() {
        Future<?> task = threads.run("test", () -> {
            Thread child = new Thread(() -> Exit.exit(3));
            child.setUncaughtExceptionHandler((thread, e) -> {});
            child.start();
            child.join();
            return true;
        });
        assertThat(task).succeedsWithin(Duration.ofSeconds(5));
        assertThat(failure.join()).hasMessage("kq-testkit-node-7 wanted to exit the JVM with status 3");
    }
}
