package dev.kq;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Makes an observation of each call of a handler, which goes on in its scope: one for each attempt, or for each batch.
 * Immutable; runs on the threads that call handlers.
 *
 * <p>The names are those of OpenTelemetry's messaging conventions. What has few values becomes a tag of meters too,
 * hence the same ones for single messages and for batches; partition and offset are seen in traces only.
 */
final class HandlerObservations {
    private final ObservationRegistry registry;
    private final KeyValues low;

    HandlerObservations(ObservationRegistry registry, String group) {
        this.registry = registry;
        this.low = KeyValues.of(
                "messaging.system", "kafka",
                "messaging.operation.name", "process",
                "messaging.operation.type", "process",
                "messaging.consumer.group.name", group);
    }

    RecordHandler around(RecordHandler handler) {
        return (record, attempt) -> {
            ReceiverContext<Message> context = new ReceiverContext<>(HandlerObservations::header, Kind.CONSUMER);
            Message message = new Message(record, attempt);
            context.setCarrier(message);
            context.addHighCardinalityKeyValue(KeyValue.of("kq.attempt", Integer.toString(attempt)));
            observe(context, message, () -> handler.handle(record, attempt));
        };
    }

    /** The messages of a batch have several traces, so it has no parent; a tracer can link to what the carrier has. */
    BatchHandler around(BatchHandler handler) {
        return batch -> {
            ReceiverContext<List<Message>> context = new ReceiverContext<>((carrier, name) -> null, Kind.CONSUMER);
            context.setCarrier(batch);
            context.addHighCardinalityKeyValue(
                    KeyValue.of("messaging.batch.message_count", Integer.toString(batch.size())));
            observe(context, batch.get(0), () -> handler.handle(batch));
        };
    }

    private void observe(ReceiverContext<?> context, Message first, Observation.CheckedRunnable<Exception> handling)
            throws Exception {
        Observation observation = Observation.createNotStarted("messaging.process.duration", () -> context, registry)
                .contextualName("process " + first.topic())
                .lowCardinalityKeyValues(low)
                .lowCardinalityKeyValue("messaging.destination.name", first.topic())
                .highCardinalityKeyValue("messaging.destination.partition.id", Integer.toString(first.partition()))
                .highCardinalityKeyValue("messaging.kafka.offset", Long.toString(first.offset()));
        observation.observeChecked(() -> {
            try {
                handling.run();
            } catch (Throwable t) {
                observation.highCardinalityKeyValue("error.type", t.getClass().getName());
                throw t;
            }
        });
    }

    private static @Nullable String header(Message message, String name) {
        Header header = message.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}
