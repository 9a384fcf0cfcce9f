package dev.kq.conf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.kq.conf.ServiceConf.FieldKeys;
import dev.kq.conf.ServiceConf.LogEncoding;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * Writes a log line as go-zero does, JSON or plain. Stateless; called by whichever thread logs.
 *
 * <p>The fields are time, level, content, caller, then trace and span if the MDC has them (as OpenTelemetry or
 * Micrometer name them), then the rest of the MDC and the event's own pairs. The caller is the logger's name: to find
 * the line in the source would cost more than the log line. An exception follows the content.
 */
final class LogEncoder extends EncoderBase<ILoggingEvent> {
    private static final JsonFactory JSON = new JsonFactory();
    private static final List<String> TRACE = List.of("trace_id", "traceId");
    private static final List<String> SPAN = List.of("span_id", "spanId");

    private final FieldKeys keys;
    private final boolean json;
    private final int most;
    private final DateTimeFormatter time;

    LogEncoder(ServiceConf.Log log) {
        keys = log.fieldKeys();
        json = log.encoding() == LogEncoding.JSON;
        most = log.maxContentLength();
        time = GoTimeLayout.of(log.timeFormat().isEmpty() ? "2006-01-02T15:04:05.000Z07:00" : log.timeFormat())
                .withZone(ZoneId.systemDefault());
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        return (json ? json(fields(event)) : plain(fields(event))).getBytes(StandardCharsets.UTF_8);
    }

    /** In the order of the line. The first four are always there. */
    private Map<String, Object> fields(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(keys.timestamp(), time.format(Instant.ofEpochMilli(event.getTimeStamp())));
        fields.put(keys.level(), level(event.getLevel()));
        String content = content(event);
        boolean truncated = most > 0 && content.length() > most;
        fields.put(keys.content(), truncated ? content.substring(0, most) : content);
        fields.put(keys.caller(), event.getLoggerName());
        if (truncated) {
            fields.put(keys.truncated(), true);
        }
        event.getMDCPropertyMap().forEach((name, value) -> {
            String key = TRACE.contains(name) ? keys.trace() : SPAN.contains(name) ? keys.span() : name;
            fields.putIfAbsent(key, value);
        });
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            for (KeyValuePair pair : pairs) {
                String key = pair.key.equals("duration") ? keys.duration() : pair.key;
                fields.putIfAbsent(key, String.valueOf(pair.value));
            }
        }
        return fields;
    }

    private static String content(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        return event.getThrowableProxy() == null
                ? String.valueOf(message)
                : message + "\n"
                        + ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing();
    }

    private static String level(Level level) {
        return level == Level.TRACE ? "debug" : level.toString().toLowerCase(Locale.ROOT);
    }

    private static String json(Map<String, Object> fields) {
        StringWriter out = new StringWriter();
        try (JsonGenerator line = JSON.createGenerator(out)) {
            line.writeStartObject();
            for (Map.Entry<String, Object> field : fields.entrySet()) {
                if (field.getValue() instanceof Boolean truth) {
                    line.writeBooleanField(field.getKey(), truth);
                } else {
                    line.writeStringField(field.getKey(), field.getValue().toString());
                }
            }
            line.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("BUG: a string that cannot be written to", e);
        }
        return out.append('\n').toString();
    }

    /** Time, level and content, then the others with their names. */
    private static String plain(Map<String, Object> fields) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            out.append(at == 0 ? "" : "\t")
                    .append(at < 3 ? "" : field.getKey() + "=")
                    .append(field.getValue());
            at++;
        }
        return out.append('\n').toString();
    }
}
