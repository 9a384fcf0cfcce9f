package dev.kq;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** Turns each kind of handler that a user may write into the one that the engine calls. Stateless. */
final class Handlers {
    private Handlers() {}

    /** The fast path: no object but the two texts is made for a message. */
    static RecordHandler of(ConsumeHandler handler) {
        return (record, attempt) -> handler.consume(Utf8.of("key", record.key()), Utf8.of("value", record.value()));
    }

    static RecordHandler of(MessageHandler handler) {
        return (record, attempt) -> handler.handle(new Message(record, attempt));
    }

    /** Knows records and java.time; leaves out what it does not know. */
    static ObjectMapper defaultMapper() {
        return JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
    }

    static <T> MessageHandler json(Class<T> type, JsonHandler<T> handler, ObjectMapper mapper) {
        ObjectReader reader = mapper.readerFor(type);
        return message -> {
            byte[] value = message.valueBytes();
            handler.handle(message.key(), value == null ? null : read(reader, value, type));
        };
    }

    static MessageHandler async(AsyncHandler handler) {
        return message -> {
            CompletionStage<?> stage = handler.handle(message);
            if (stage == null) {
                throw new KqException("the handler returned null in place of a stage");
            }
            try {
                Object unused = stage.toCompletableFuture().get();
            } catch (ExecutionException e) {
                rethrow(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) { // HandlerTimeout: whoever makes the call learns that nobody waits for it
                stage.toCompletableFuture().cancel(true);
                throw e;
            } catch (CancellationException e) {
                throw new KqException("the handler's stage was cancelled", e);
            }
        };
    }

    /** The first interceptor of the list is the outermost. */
    static RecordHandler around(List<Interceptor> interceptors, RecordHandler handler) {
        RecordHandler chain = handler;
        for (int i = interceptors.size() - 1; i >= 0; i--) {
            Interceptor interceptor = interceptors.get(i);
            RecordHandler inner = chain;
            chain = (record, attempt) -> interceptor.around(
                    new Message(record, attempt), message -> inner.handle(record, message.attempt()));
        }
        return chain;
    }

    private static <T> T read(ObjectReader reader, byte[] value, Class<T> type) throws IOException {
        try {
            return reader.readValue(value);
        } catch (JacksonException e) {
            // The original message quotes the document, which is not ours to log.
            throw new NonRetryable("the value is not JSON of " + type.getName() + " ("
                    + e.getClass().getSimpleName() + where(e) + ")");
        }
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    private static void rethrow(Throwable failure) throws Exception {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (Exception) failure;
    }
}
