package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/**
 * What {@link HandlerObservations} and {@link MessageMdc} put around a handler, and that by default there is nothing.
 */
class HandlerTracingTest {
    private static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

    private final ConsumerRecord<byte[], byte[]> record = Records.record(Bench.T0, 42, "k", "v");
    private final List<Observation.Context> stopped = new CopyOnWriteArrayList<>();
    private final ObservationRegistry registry = ObservationRegistry.create();

    HandlerTracingTest() {
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        record.headers()
                .add("traceparent", ("00-" + TRACE_ID + "-b7ad6b7169203331-01").getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void clearMdc() {
        MDC.clear();
    }

    private static KqQueue.Builder builder() {
        return KqQueue.builder(
                KqConf.builder().brokers("127.0.0.1:9092").group("g").topic("t").build());
    }

    private static Map<String, String> map(KeyValues values) {
        return values.stream().collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
    }

    @Test
    void withoutRegistry_theHandlerIsCalledItself() {
        RecordHandler single = (r, attempt) -> {};
        BatchHandler batch = messages -> {};
        for (KqQueue.Builder plain : List.of(builder(), builder().observationRegistry(ObservationRegistry.NOOP))) {
            assertThat(plain.traced(single)).isSameAs(single);
            assertThat(plain.traced(batch)).isSameAs(batch);
        }
        assertThat(builder().mdc(true).traced(single)).isNotSameAs(single);
        assertThat(builder().observationRegistry(registry).mdc(false).traced(single))
                .isNotSameAs(single);
    }

    @Test
    void message_isObservedWithTheNamesOfTheConvention() throws Exception {
        builder().observationRegistry(registry).traced((r, attempt) -> {}).handle(record, 3);

        ReceiverContext<?> seen = (ReceiverContext<?>) stopped.get(0);
        assertThat(seen.getKind()).isEqualTo(Kind.CONSUMER);
        assertThat(seen.getName()).isEqualTo("messaging.process.duration");
        assertThat(seen.getContextualName()).isEqualTo("process t");
        assertThat(seen.getCarrier()).isInstanceOf(Message.class);
        assertThat(map(seen.getLowCardinalityKeyValues()))
                .containsOnly(
                        entry("messaging.system", "kafka"),
                        entry("messaging.operation.name", "process"),
                        entry("messaging.operation.type", "process"),
                        entry("messaging.consumer.group.name", "g"),
                        entry("messaging.destination.name", "t"));
        assertThat(map(seen.getHighCardinalityKeyValues()))
                .containsOnly(
                        entry("messaging.destination.partition.id", "0"),
                        entry("messaging.kafka.offset", "42"),
                        entry("kq.attempt", "3"));
    }

    /** A meter registry wants the same tags for one name. */
    @Test
    void batch_hasTheTagsOfSingleMessages() throws Exception {
        KqQueue.Builder builder = builder().observationRegistry(registry);
        builder.traced((r, attempt) -> {}).handle(record, 1);
        builder.traced((BatchHandler) messages -> {})
                .handle(List.of(new Message(record, 1), new Message(Records.record(Bench.T0, 43, "k", "w"), 1)));

        assertThat(stopped.get(1).getLowCardinalityKeyValues())
                .isEqualTo(stopped.get(0).getLowCardinalityKeyValues());
        assertThat(map(stopped.get(1).getHighCardinalityKeyValues()))
                .containsOnly(
                        entry("messaging.destination.partition.id", "0"),
                        entry("messaging.kafka.offset", "42"),
                        entry("messaging.batch.message_count", "2"));
    }

    @Test
    void failure_isRecorded_andThrownAsItIs() {
        IOException failure = new IOException("no");
        RecordHandler handler = builder().observationRegistry(registry).traced((r, attempt) -> {
            throw failure;
        });

        assertThatThrownBy(() -> handler.handle(record, 1)).isSameAs(failure);
        assertThat(stopped.get(0).getError()).isSameAs(failure);
        assertThat(map(stopped.get(0).getHighCardinalityKeyValues()))
                .containsEntry("error.type", "java.io.IOException");
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void interceptorsAndRoutes_areInScope() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Router router = Router.byKey().route("k", message -> seen.add(current()));
        RecordHandler chain = Handlers.around(
                List.of((message, next) -> {
                    seen.add(current());
                    next.handle(message);
                }),
                Handlers.of(router));
        builder().observationRegistry(registry).traced(chain).handle(record, 1);
        assertThat(seen).containsExactly("process t", "process t");
        assertThat(stopped).hasSize(1);
    }

    private String current() {
        Observation current = registry.getCurrentObservation();
        return current == null ? "none" : current.getContext().getContextualName();
    }

    @Test
    void asyncHandler_isObservedUntilItsStageCompletes() throws Exception {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        RecordHandler handler = builder().observationRegistry(registry).traced(Handlers.of(Handlers.async(message -> {
            begun.complete(null);
            return stage;
        })));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread worker = Bench.inBackground(() -> {
            try {
                handler.handle(record, 1);
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        begun.get();
        assertThat(stopped).isEmpty();
        stage.completeExceptionally(new IOException("late"));
        worker.join();
        assertThat(thrown.get()).isInstanceOf(IOException.class).isNotInstanceOf(ExecutionException.class);
        assertThat(stopped.get(0).getError()).isSameAs(thrown.get());
    }

    @Test
    void mdc_hasTheMessage_andIsAsBeforeAfterwards() throws Exception {
        MDC.put("own", "mine");
        MDC.put("offset", "another");
        AtomicReference<Map<String, String>> inside = new AtomicReference<>();
        builder()
                .mdc(true)
                .traced((RecordHandler) (r, attempt) -> {
                    inside.set(MDC.getCopyOfContextMap());
                    MDC.put("left", "behind");
                })
                .handle(record, 1);

        assertThat(inside.get())
                .containsOnly(
                        entry("own", "mine"),
                        entry("topic", "t"),
                        entry("partition", "0"),
                        entry("offset", "42"),
                        entry("traceId", TRACE_ID));
        assertThat(MDC.getCopyOfContextMap()).containsOnly(entry("own", "mine"), entry("offset", "another"));
    }

    @Test
    void mdc_isClearedAfterAFailure_alsoOfABatch() {
        BatchHandler handler = builder().mdc(true).traced((BatchHandler) messages -> {
            throw new IOException(String.valueOf(MDC.getCopyOfContextMap()));
        });
        assertThatThrownBy(() -> handler.handle(List.of(new Message(record, 1))))
                .hasMessageContaining("offset=42")
                .hasMessageNotContaining("traceId");
        assertThat(MDC.get("offset")).isNull();
    }

    @Test
    void mdc_withATraceparentThatIsNone_hasNoTraceId() throws Exception {
        record.headers().remove("traceparent").add("traceparent", new byte[] {1, 2, 3});
        AtomicReference<Map<String, String>> inside = new AtomicReference<>();
        builder()
                .mdc(true)
                .traced((RecordHandler) (r, attempt) -> inside.set(MDC.getCopyOfContextMap()))
                .handle(record, 1);
        assertThat(inside.get()).containsOnlyKeys("topic", "partition", "offset");
    }
}
