package dev.kq.docs;

import dev.kq.Message;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.tracing.Link;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;

/** Links the span of a batch to the span of each push. */
public final class BatchLinks extends PropagatingReceiverTracingObservationHandler<ReceiverContext<?>> {
    private static final Pattern TRACEPARENT = Pattern.compile("\\w{2}-(\\w{32})-(\\w{16})-\\w([0-9a-f]).*");

    public BatchLinks(Tracer tracer, Propagator propagator) {
        super(tracer, propagator);
    }

    @Override
    public Span.Builder customizeExtractedSpan(ReceiverContext<?> context, Span.Builder span) {
        if (context.getCarrier() instanceof List<?> batch) {
            for (Object message : batch) {
                link(span, ((Message) message).headers().lastHeader("traceparent"));
            }
        }
        return span;
    }

    private void link(Span.Builder span, Header traceparent) {
        String text = traceparent == null ? "" : new String(traceparent.value(), StandardCharsets.US_ASCII);
        Matcher part = TRACEPARENT.matcher(text);
        if (part.matches()) {
            span.addLink(new Link(getTracer()
                    .traceContextBuilder()
                    .traceId(part.group(1))
                    .spanId(part.group(2))
                    .sampled(Integer.parseInt(part.group(3), 16) % 2 == 1)
                    .build()));
        }
    }
}
