package dev.kq.pusher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PushObservationsTest {
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final List<SenderContext<Headers>> begun = new CopyOnWriteArrayList<>();
    private final List<SenderContext<Headers>> stopped = new CopyOnWriteArrayList<>();
    private final ObservationRegistry registry = ObservationRegistry.create();
    private RuntimeException atStop;

    /** Numbers the pushes, as a tracer would. */
    private final class Tracer implements ObservationHandler<SenderContext<Headers>> {
        @Override
        public void onStart(SenderContext<Headers> context) {
            begun.add(context);
            context.getSetter().set(context.getCarrier(), "traceparent", "span-" + begun.size());
        }

        @Override
        public void onStop(SenderContext<Headers> context) {
            if (atStop != null) {
                throw atStop;
            }
            stopped.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof SenderContext;
        }
    }

    PushObservationsTest() {
        registry.observationConfig().observationHandler(new Tracer());
    }

    private Pusher observed() {
        return on(builder().observationRegistry(registry));
    }

    private static PusherBuilder builder() {
        return Pusher.builder(List.of("localhost:9092"), "payments");
    }

    private Pusher on(PusherBuilder builder) {
        return new Pusher(builder.settings(), producer, "test", new FixedTopic(1));
    }

    private List<String> headers(int index) {
        List<String> all = new ArrayList<>();
        ProducerRecord<byte[], byte[]> sent = producer.history().get(index);
        sent.headers().forEach(header -> all.add(header.key() + "=" + new String(header.value(), UTF_8)));
        return all;
    }

    private static Map<String, String> map(KeyValues values) {
        return values.stream().collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
    }

    @Test
    void push_isObservedUntilTheAcknowledgement() {
        CompletableFuture<PushResult> pushed = observed().push("k", "v");
        assertThat(begun).hasSize(1);
        assertThat(stopped).isEmpty();
        List<Integer> stoppedBefore = new ArrayList<>();
        CompletableFuture<Void> unused = pushed.thenAccept(result -> stoppedBefore.add(stopped.size()));

        producer.completeNext();

        assertThat(stoppedBefore).containsExactly(1);
        SenderContext<Headers> seen = stopped.get(0);
        assertThat(seen.getKind()).isEqualTo(Kind.PRODUCER);
        assertThat(seen.getName()).isEqualTo("messaging.client.operation.duration");
        assertThat(seen.getContextualName()).isEqualTo("send payments");
        assertThat(seen.getError()).isNull();
        assertThat(map(seen.getLowCardinalityKeyValues()))
                .containsOnly(
                        entry("messaging.system", "kafka"),
                        entry("messaging.operation.name", "send"),
                        entry("messaging.operation.type", "send"),
                        entry("messaging.destination.name", "payments"));
        assertThat(map(seen.getHighCardinalityKeyValues()))
                .containsOnly(entry("messaging.destination.partition.id", "0"), entry("messaging.kafka.offset", "0"));
    }

    @Test
    void header_replacesThoseOfItsName_andThePushRecordStaysAsItWas() {
        PushRecord record = PushRecord.builder()
                .value("v")
                .header("traceparent", "old")
                .header("own", "a")
                .header("traceparent", "older")
                .header("own", "b")
                .build();
        Pusher pusher = observed();
        pusher.push(record);
        pusher.pushAll(List.of(record));

        assertThat(headers(0)).containsExactly("own=a", "own=b", "traceparent=span-1");
        assertThat(headers(1)).containsExactly("own=a", "own=b", "traceparent=span-2");
        List<String> own = new ArrayList<>();
        record.to("t").headers().forEach(header -> own.add(new String(header.value(), UTF_8)));
        assertThat(own).containsExactly("old", "a", "older", "b");
    }

    @Test
    void failure_isRecorded_alsoOfARecordThatNeverReachedTheProducer() {
        Pusher pusher = observed();
        CompletableFuture<PushResult> failed = pusher.push("k", null);
        producer.errorNext(new RecordTooLargeException("too large"));
        pusher.close();
        CompletableFuture<PushResult> refused = pusher.push("too late");

        assertThat(failed).isCompletedExceptionally();
        assertThat(refused).isCompletedExceptionally();
        assertThat(stopped).hasSize(2);
        assertThat(stopped).allSatisfy(seen -> assertThat(seen.getError()).isInstanceOf(PushException.class));
        assertThat(map(stopped.get(0).getHighCardinalityKeyValues()))
                .containsOnly(
                        entry("error.type", RecordTooLargeException.class.getName()),
                        entry("messaging.kafka.message.tombstone", "true"));
        assertThat(map(stopped.get(1).getHighCardinalityKeyValues()))
                .containsOnly(entry("error.type", ClosedPusherException.class.getName()));
    }

    @Test
    void transaction_observesItsPushes() throws Exception {
        try (Pusher pusher = on(builder().transactionalId("t-1").observationRegistry(registry))) {
            pusher.inTransaction(tx -> tx.push(PushRecord.of("v")));
            assertThat(headers(0)).containsExactly("traceparent=span-1");
            assertThat(stopped).hasSize(1);
        }
    }

    @Test
    void failureOfTheRegistry_doesNotKeepTheFutureFromItsEnd() {
        atStop = new IllegalStateException("exporter");
        CompletableFuture<PushResult> pushed = observed().push("v");
        producer.completeNext();
        assertThat(pushed).isCompleted();
    }

    @Test
    void withoutRegistry_noHeaderIsAdded() {
        try (Pusher plain = on(builder());
                Pusher noop = on(builder().observationRegistry(ObservationRegistry.NOOP))) {
            plain.push("v");
            noop.push("v");
            assertThat(producer.history()).hasSize(2);
            assertThat(producer.history())
                    .allSatisfy(sent -> assertThat(sent.headers()).isEmpty());
            assertThat(begun).isEmpty();
            producer.completeNext();
            producer.completeNext();
        }
    }
}
