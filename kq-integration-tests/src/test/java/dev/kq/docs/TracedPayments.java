package dev.kq.docs;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;

public final class TracedPayments {
    /** Tracer and propagator are those of a bridge: micrometer-tracing-bridge-otel or -brave. */
    public static ObservationRegistry registry(Tracer tracer, Propagator propagator) {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
                .observationHandler(new FirstMatchingCompositeObservationHandler(
                        new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                        new BatchLinks(tracer, propagator), // see below
                        new DefaultTracingObservationHandler(tracer)));
        return registry;
    }

    public static void run(KqConf conf, ObservationRegistry registry) throws InterruptedException {
        try (Pusher receipts = Pusher.builder(conf.connection(), "receipts")
                        .observationRegistry(registry)
                        .build();
                KqQueue payments = KqQueue.builder(conf)
                        .observationRegistry(registry)
                        .handler((key, value) -> receipts.push(key, "paid " + value))
                        .build()) {
            payments.start();
            payments.join();
        }
    }
}
