package dev.kq;

import dev.kq.docs.TracedPayments;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.otel.bridge.OtelBaggageManager;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.Comparator;
import java.util.List;

/** OpenTelemetry behind a registry, through Micrometer's bridge, as an application sets it up. */
final class OtelTracing implements AutoCloseable {
    final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    final ObservationRegistry registry;
    final OtelTracer tracer;
    private final SdkTracerProvider provider;

    /** Keeps the spans. */
    static OtelTracing keeping() {
        return new OtelTracing(true);
    }

    /** Makes spans for nobody. */
    static OtelTracing dropping() {
        return new OtelTracing(false);
    }

    private OtelTracing(boolean keep) {
        provider = SdkTracerProvider.builder()
                .addSpanProcessor(keep ? SimpleSpanProcessor.create(exporter) : SpanProcessor.composite())
                .build();
        Tracer otel = provider.get("kq-test");
        OtelCurrentTraceContext current = new OtelCurrentTraceContext();
        tracer = new OtelTracer(
                otel, current, event -> {}, new OtelBaggageManager(current, List.of("tenant"), List.of()));
        ContextPropagators w3c = ContextPropagators.create(TextMapPropagator.composite(
                W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance()));
        OtelPropagator propagator = new OtelPropagator(w3c, otel);
        registry = TracedPayments.registry(tracer, propagator);
    }

    /** The spans that have ended, in the order of their begin. */
    List<SpanData> spans() {
        return exporter.getFinishedSpanItems().stream()
                .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos))
                .toList();
    }

    /** Those of this name. */
    List<SpanData> spans(String name) {
        return spans().stream().filter(span -> span.getName().equals(name)).toList();
    }

    @Override
    public void close() {
        provider.close();
    }
}
