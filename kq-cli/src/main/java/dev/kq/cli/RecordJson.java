package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Writes records as JSON, with the field names that docs/cli.md promises. Stateless. */
final class RecordJson {
    private RecordJson() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode of(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode json = object();
        json.put("topic", record.topic());
        json.put("partition", record.partition());
        json.put("offset", record.offset());
        json.put("timestamp", record.timestamp());
        bytes(json, "key", record.key());
        bytes(json, "value", record.value());
        ArrayNode headers = json.putArray("headers");
        for (Header header : record.headers()) {
            ObjectNode one = headers.addObject();
            one.put("name", header.key());
            bytes(one, "value", header.value());
        }
        return json;
    }

    /** As text, null included; what is not UTF-8 goes under {@code <name>Base64} instead. */
    static void bytes(ObjectNode json, String name, byte @Nullable [] bytes) {
        String text = bytes == null ? null : Shown.utf8(bytes);
        if (bytes != null && text == null) {
            json.put(name + "Base64", bytes);
        } else {
            json.put(name, text);
        }
    }

    static void failures(ObjectNode json, List<Deliveries.Undelivered> failures) {
        ArrayNode array = json.putArray("failures");
        failures.forEach(failure -> array.addObject()
                .put("at", failure.at())
                .put("topic", failure.topic())
                .put("reason", failure.reason()));
    }
}
