package dev.kq;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Tells the MDC which message is handled, for the time of the handler; afterwards it is as before, whatever the handler
 * left in it. Stateless; runs on the threads that call handlers.
 */
final class MessageMdc {
    private static final int TRACE_ID_BEGIN = 3;
    private static final int TRACE_ID_END = TRACE_ID_BEGIN + 32;

    private MessageMdc() {}

    static RecordHandler around(RecordHandler handler) {
        return (record, attempt) -> {
            Map<String, String> before = MDC.getCopyOfContextMap();
            try {
                put(record.topic(), record.partition(), record.offset());
                String traceId = traceId(record.headers());
                if (traceId != null) {
                    MDC.put("traceId", traceId);
                }
                handler.handle(record, attempt);
            } finally {
                restore(before);
            }
        };
    }

    /** Of a batch, the first offset. Its messages have a trace each, so there is no trace id. */
    static BatchHandler around(BatchHandler handler) {
        return batch -> {
            Map<String, String> before = MDC.getCopyOfContextMap();
            try {
                Message first = batch.get(0);
                put(first.topic(), first.partition(), first.offset());
                handler.handle(batch);
            } finally {
                restore(before);
            }
        };
    }

    private static void put(String topic, int partition, long offset) {
        MDC.put("topic", topic);
        MDC.put("partition", Integer.toString(partition));
        MDC.put("offset", Long.toString(offset));
    }

    private static void restore(@Nullable Map<String, String> before) {
        if (before == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(before);
        }
    }

    /** From {@code traceparent}, as W3C writes it: {@code 00-<trace id>-<span id>-01}. */
    private static @Nullable String traceId(Headers headers) {
        Header header = headers.lastHeader("traceparent");
        byte[] value = header == null ? null : header.value();
        return value == null
                        || value.length <= TRACE_ID_END
                        || value[TRACE_ID_BEGIN - 1] != '-'
                        || value[TRACE_ID_END] != '-'
                ? null
                : new String(value, TRACE_ID_BEGIN, TRACE_ID_END - TRACE_ID_BEGIN, StandardCharsets.ISO_8859_1);
    }
}
