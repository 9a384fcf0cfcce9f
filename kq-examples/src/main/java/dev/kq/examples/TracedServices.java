package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** One trace through two services: from a push via a handler to what that pushes, and to its handler. */
public final class TracedServices {
    private TracedServices() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        InMemorySpanExporter spans = InMemorySpanExporter.create(); // a service has one that sends them
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-traced-orders", "kq-traced-parcels");
                SdkTracerProvider provider = SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(spans))
                        .build()) {
            ObservationRegistry registry = registry(provider.get("kq-examples"));
            CountDownLatch done = new CountDownLatch(1);
            try (Pusher orders = pusher(kafka, "kq-traced-orders", registry);
                    Pusher parcels = pusher(kafka, "kq-traced-parcels", registry);
                    KqQueue first = KqQueue.builder(conf(kafka, "kq-traced-orders"))
                            .observationRegistry(registry)
                            .handler((key, value) -> parcels.pushSync(key, "a parcel with " + value))
                            .build();
                    KqQueue second = KqQueue.builder(conf(kafka, "kq-traced-parcels"))
                            .observationRegistry(registry)
                            .handler((key, value) -> done.countDown())
                            .build()) {
                first.start();
                second.start();
                Observation.createNotStarted("checkout", registry).observe(() -> orders.pushSync("order-1", "tea"));
                done.await();
            } // what is closed has no span that is still open
            List<SpanData> all = spans.getFinishedSpanItems();
            print(all, "0000000000000000", "");
            System.out.println(all.size() + " spans, traces: "
                    + all.stream().map(SpanData::getTraceId).distinct().count());
        }
    }

    /** Makes spans of OpenTelemetry of what is observed, and carries them in the header {@code traceparent}. */
    private static ObservationRegistry registry(Tracer otel) {
        OtelTracer tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), event -> {});
        OtelPropagator propagator =
                new OtelPropagator(ContextPropagators.create(W3CTraceContextPropagator.getInstance()), otel);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
                .observationHandler(new FirstMatchingCompositeObservationHandler(
                        new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                        new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                        new DefaultTracingObservationHandler(tracer)));
        return registry;
    }

    private static Pusher pusher(ExampleKafka kafka, String topic, ObservationRegistry registry) {
        return Pusher.builder(kafka.brokers(), topic)
                .observationRegistry(registry)
                .build();
    }

    private static KqConf conf(ExampleKafka kafka, String topic) {
        return kafka.conf("traced-services.yaml").toBuilder()
                .topic(topic)
                .group(topic)
                .build();
    }

    /** The spans with this parent, each followed by those below it. */
    private static void print(List<SpanData> all, String parent, String indent) {
        for (SpanData span : all) {
            if (span.getParentSpanId().equals(parent)) {
                System.out.println("trace " + span.getTraceId() + "  " + indent + span.getName());
                print(all, span.getSpanId(), indent + "  ");
            }
        }
    }
}
