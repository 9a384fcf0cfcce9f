package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HandlersTest {
    @Test
    void asyncHandlerThatIsInterrupted_cancelsItsStage() {
        CompletableFuture<Void> call = new CompletableFuture<>();
        MessageHandler handler = Handlers.async(message -> call);
        Message message = new Message(Records.record(1, "a"), 1);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> handler.handle(message)).isInstanceOf(InterruptedException.class);
        assertThat(call).isCancelled();
    }
}
