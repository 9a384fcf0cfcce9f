package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.kq.pusher.PushRecord;
import dev.kq.pusher.Pusher;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.tracing.BaggageInScope;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** From a push through a handler to a second push: one trace, as OpenTelemetry sees it through Micrometer's bridge. */
class TracingTest extends BrokerTest {
    private final OtelTracing tracing = OtelTracing.keeping();

    @AfterEach
    void closeTracing() {
        tracing.close();
    }

    private Pusher pusher(String to) {
        return Pusher.builder(List.of(kafka.bootstrapServers().split(",")), to)
                .observationRegistry(tracing.registry)
                .flushInterval(Duration.ZERO)
                .build();
    }

    private KqQueue.Builder observed(KqConf.Builder conf) {
        return KqQueue.builder(conf.build()).observationRegistry(tracing.registry);
    }

    private static String attribute(SpanData span, String name) {
        return span.getAttributes().get(AttributeKey.stringKey(name));
    }

    private static Map<String, List<String>> texts(Headers headers) {
        List<Map.Entry<String, String>> all = new ArrayList<>();
        headers.forEach(header -> all.add(entry(header.key(), new String(header.value(), StandardCharsets.UTF_8))));
        return all.stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    }

    private SpanData awaitSpan(String name) {
        await().untilAsserted(() -> assertThat(tracing.spans(name)).isNotEmpty());
        return tracing.spans(name).get(0);
    }

    @Test
    void pushInAHandler_isOfTheTraceOfTheFirstPush_withBaggageAndMdc() throws Exception {
        String next = topic + "-next";
        kafka.createTopic(topic, 2);
        kafka.createTopic(next, 1);
        BlockingQueue<Map<String, String>> mdcs = new LinkedBlockingQueue<>();
        List<String> tenants = new CopyOnWriteArrayList<>();
        BlockingQueue<Map<String, List<String>>> last = new LinkedBlockingQueue<>();
        try (Pusher first = pusher(topic);
                Pusher second = pusher(next)) {
            start(observed(conf()).messageHandler(message -> {
                mdcs.add(MDC.getCopyOfContextMap());
                tenants.add(tracing.tracer.getBaggage("tenant").get());
                // passes on the headers of the message, those of the trace too
                PushRecord.Builder record = PushRecord.builder().value(message.value());
                message.headers().forEach(header -> record.header(header.key(), header.value()));
                second.push(record.build());
            }));
            start(observed(conf().name(next).topic(next).group(group + "-next")).messageHandler(message -> {
                tenants.add(tracing.tracer.getBaggage("tenant").get());
                last.add(texts(message.headers()));
            }));
            Observation request = Observation.start("request", tracing.registry);
            try (Observation.Scope scope = request.openScope();
                    BaggageInScope baggage = tracing.tracer.createBaggageInScope("tenant", "blue")) {
                assertThat(scope).isNotNull();
                assertThat(baggage).isNotNull();
                first.push(PushRecord.builder()
                        .key("k")
                        .value("v")
                        .header("own", "1")
                        .build());
            }
            request.stop();

            Map<String, List<String>> headers = last.poll(60, TimeUnit.SECONDS);
            SpanData root = awaitSpan("request");
            SpanData send = awaitSpan("send " + topic);
            SpanData process = awaitSpan("process " + topic);
            SpanData sendNext = awaitSpan("send " + next);
            SpanData processNext = awaitSpan("process " + next);
            List<SpanData> chain = List.of(root, send, process, sendNext, processNext);
            assertThat(tracing.spans()).hasSize(5);
            assertThat(chain).extracting(SpanData::getTraceId).containsOnly(root.getTraceId());
            for (int i = 1; i < chain.size(); i++) {
                assertThat(chain.get(i).getParentSpanId())
                        .isEqualTo(chain.get(i - 1).getSpanId());
            }
            assertThat(chain)
                    .extracting(SpanData::getKind)
                    .containsExactly(
                            SpanKind.INTERNAL,
                            SpanKind.PRODUCER,
                            SpanKind.CONSUMER,
                            SpanKind.PRODUCER,
                            SpanKind.CONSUMER);
            for (SpanData span : chain.subList(1, 5)) {
                assertThat(span.getStatus().getStatusCode()).isNotEqualTo(StatusCode.ERROR);
                assertThat(attribute(span, "messaging.system")).isEqualTo("kafka");
            }
            assertThat(attribute(process, "messaging.destination.partition.id"))
                    .isEqualTo(attribute(send, "messaging.destination.partition.id"));
            assertThat(attribute(process, "messaging.kafka.offset"))
                    .isEqualTo(attribute(send, "messaging.kafka.offset"))
                    .isEqualTo("0");

            assertThat(tenants).containsExactly("blue", "blue");
            assertThat(headers.get("own")).containsExactly("1");
            assertThat(headers.get("baggage")).singleElement().asString().startsWith("tenant=blue");
            assertThat(headers.get("traceparent"))
                    .singleElement()
                    .asString()
                    .startsWith("00-" + root.getTraceId() + "-" + sendNext.getSpanId());
            assertThat(mdcs.poll())
                    .containsEntry("topic", topic)
                    .containsEntry("partition", attribute(send, "messaging.destination.partition.id"))
                    .containsEntry("offset", "0")
                    .containsEntry("traceId", root.getTraceId());
        }
    }

    @Test
    void eachAttempt_isASpanOfThePush_andTheDeadLetterHasTheHeadersOfThePush() throws Exception {
        String dead = topic + "-dead";
        kafka.createTopic(topic, 1);
        kafka.createTopic(dead, 1);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        tracing.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        try (Pusher pusher = pusher(topic)) {
            KqQueue queue =
                    start(observed(conf().retry(new RetryConf(2, Duration.ofMillis(20), Duration.ofMillis(20), 1, 0))
                                    .deadLetterTopic(dead))
                            .errorHandler((message, exception, attempt) -> {})
                            .messageHandler(message -> {
                                if (message.attempt() == 1 || "never".equals(message.value())) {
                                    throw new IllegalStateException("attempt " + message.attempt());
                                }
                            }));
            pusher.pushSync("k", "later");
            pusher.pushSync("k", "never");
            awaitReconciled(queue);
        }
        List<SpanData> sends = tracing.spans("send " + topic);
        List<SpanData> attempts = tracing.spans("process " + topic);
        assertThat(attempts).extracting(span -> attribute(span, "kq.attempt")).containsExactly("1", "2", "1", "2");
        assertThat(attempts)
                .extracting(span -> span.getStatus().getStatusCode() == StatusCode.ERROR)
                .containsExactly(true, false, true, true);
        assertThat(attempts)
                .extracting(SpanData::getParentSpanId)
                .containsExactly(
                        sends.get(0).getSpanId(),
                        sends.get(0).getSpanId(),
                        sends.get(1).getSpanId(),
                        sends.get(1).getSpanId());
        assertThat(attribute(attempts.get(0), "error.type")).isEqualTo("java.lang.IllegalStateException");
        assertThat(texts(read(dead).headers()).get("traceparent"))
                .singleElement()
                .asString()
                .startsWith(
                        "00-" + sends.get(1).getTraceId() + "-" + sends.get(1).getSpanId());
        // two meters: those that failed and the one that did not
        assertThat(meters.get("messaging.process.duration").timers()).hasSize(2);
        assertThat(meters.get("messaging.process.duration")
                        .tag("error", "none")
                        .tag("messaging.consumer.group.name", group)
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    private ConsumerRecord<byte[], byte[]> read(String from) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                kafka.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            org.apache.kafka.common.TopicPartition partition = new org.apache.kafka.common.TopicPartition(from, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
            await().until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(found::add);
                return !found.isEmpty();
            });
            return found.get(0);
        }
    }

    @Test
    void batch_isOneSpan_linkedToEachPush() throws Exception {
        kafka.createTopic(topic, 1);
        try (Pusher pusher = pusher(topic)) {
            for (int i = 0; i < 3; i++) {
                pusher.pushSync("k" + i, "v");
            }
        }
        KqQueue queue = start(observed(conf().batchSize(10).batchWait(Duration.ofMillis(200)))
                .batchHandler(batch -> assertThat(MDC.get("topic")).isEqualTo(topic)));
        awaitReconciled(queue);
        List<SpanData> batches = tracing.spans("process " + topic);
        assertThat(batches).allSatisfy(batch -> {
            assertThat(batch.getKind()).isEqualTo(SpanKind.CONSUMER);
            assertThat(batch.getParentSpanContext().isValid()).isFalse();
            assertThat(attribute(batch, "messaging.batch.message_count"))
                    .isEqualTo(Integer.toString(batch.getLinks().size()));
            assertThat(batch.getStatus().getStatusCode()).isNotEqualTo(StatusCode.ERROR);
        });
        assertThat(batches.stream()
                        .flatMap(batch -> batch.getLinks().stream())
                        .map(link -> link.getSpanContext().getSpanId()))
                .containsExactlyInAnyOrderElementsOf(tracing.spans("send " + topic).stream()
                        .map(SpanData::getSpanId)
                        .toList());
    }

    @Test
    void asyncHandler_isSpannedToItsEnd_andInterceptorsAreInScope() throws Exception {
        kafka.createTopic(topic, 1);
        BlockingQueue<CompletableFuture<Void>> stages = new LinkedBlockingQueue<>();
        List<String> inScope = new CopyOnWriteArrayList<>();
        try (Pusher pusher = pusher(topic)) {
            start(observed(conf())
                    .interceptor((message, next) -> {
                        inScope.add(tracing.tracer.currentSpan().context().traceId());
                        next.handle(message);
                    })
                    .asyncHandler(message -> {
                        CompletableFuture<Void> stage = new CompletableFuture<>();
                        stages.add(stage);
                        return stage;
                    }));
            pusher.pushSync("v");
        }
        CompletableFuture<Void> stage = stages.poll(60, TimeUnit.SECONDS);
        assertThat(tracing.spans("process " + topic)).isEmpty();
        long before = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        stage.complete(null);
        SpanData span = awaitSpan("process " + topic);
        assertThat(span.getEndEpochNanos()).isGreaterThanOrEqualTo(before);
        assertThat(inScope).containsExactly(span.getTraceId());
    }

    @Test
    void withoutRegistry_noHeaderIsAdded_andNothingStandsBetweenWorkerAndHandler() throws Exception {
        kafka.createTopic(topic, 1);
        BlockingQueue<List<String>> stacks = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> headers = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> mdcIsEmpty = new LinkedBlockingQueue<>();
        try (Pusher pusher = new Pusher(List.of(kafka.bootstrapServers().split(",")), topic)) {
            start(KqQueue.builder(conf().build()).messageHandler(message -> {
                stacks.add(StackWalker.getInstance()
                        .walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                                .distinct()
                                .toList()));
                headers.add(message.headers().toArray().length);
                Map<String, String> mdc = MDC.getCopyOfContextMap();
                mdcIsEmpty.add(mdc == null || mdc.isEmpty());
            }));
            pusher.pushSync("v");
        }
        assertThat(stacks.poll(60, TimeUnit.SECONDS))
                .startsWith(TracingTest.class.getName(), Handlers.class.getName(), RunHandler.class.getName());
        assertThat(headers.poll(60, TimeUnit.SECONDS)).isZero();
        assertThat(mdcIsEmpty.poll(60, TimeUnit.SECONDS)).isTrue();
    }
}
