package dev.kq.pusher;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Headers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an observation of each push, from the call to the acknowledgement or the failure, and lets it write its headers
 * into the record. Begins on the pushing thread; ends there or on the producer's network thread. Immutable.
 */
final class PushObservations implements BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> {
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);

    private final ObservationRegistry registry;
    private final String spanName;
    private final KeyValues low;
    private final BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> sending;

    /** @param sending sends a record, whose headers are nobody else's */
    PushObservations(
            ObservationRegistry registry,
            String topic,
            BiFunction<ProducerRecord<byte[], byte[]>, Delivery.Outcomes, Delivery> sending) {
        this.registry = registry;
        this.spanName = "send " + topic;
        this.low = KeyValues.of(
                "messaging.system", "kafka",
                "messaging.operation.name", "send",
                "messaging.operation.type", "send",
                "messaging.destination.name", topic);
        this.sending = sending;
    }

    @Override
    public Delivery apply(ProducerRecord<byte[], byte[]> record, Delivery.Outcomes outcomes) {
        SenderContext<Headers> context =
                new SenderContext<>((carrier, name, value) -> replace(record.headers(), name, value), Kind.PRODUCER);
        context.setCarrier(record.headers());
        Observation observation = Observation.createNotStarted(
                        "messaging.client.operation.duration", () -> context, registry)
                .contextualName(spanName)
                .lowCardinalityKeyValues(low);
        if (record.value() == null) {
            observation.highCardinalityKeyValue("messaging.kafka.message.tombstone", "true");
        }
        return sending.apply(record, new Observed(observation.start(), outcomes));
    }

    /** A record that is passed on may have the headers of the trace that it came with. */
    private static void replace(Headers headers, String name, String value) {
        headers.remove(name).add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private record Observed(Observation observation, Delivery.Outcomes outcomes) implements Delivery.Outcomes {
        @Override
        public void delivered(RecordMetadata metadata) {
            outcomes.delivered(metadata);
            end(() -> observation
                    .highCardinalityKeyValue(
                            "messaging.destination.partition.id", Integer.toString(metadata.partition()))
                    .highCardinalityKeyValue("messaging.kafka.offset", Long.toString(metadata.offset())));
        }

        @Override
        public PushException failed(Exception cause) {
            PushException failure = outcomes.failed(cause);
            end(() -> observation
                    .highCardinalityKeyValue("error.type", cause.getClass().getName())
                    .error(failure));
            return failure;
        }

        /** What the registry's handlers throw must not keep the future from its end. */
        private void end(Runnable last) {
            try {
                last.run();
                observation.stop();
            } catch (RuntimeException e) {
                log.warn("an observation handler failed at the end of a push", e);
            }
        }
    }
}
