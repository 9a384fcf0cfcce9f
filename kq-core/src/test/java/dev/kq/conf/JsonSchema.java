package dev.kq.conf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The JSON Schema of a section, for editors that complete and check YAML files. It knows the keys as they are
 * documented, in that case; everything that takes more than one value to decide is the loader's alone.
 */
final class JsonSchema {
    private static final List<String> SCALAR = List.of("string", "number", "boolean", "null");
    private static final String VARIABLE = "\\$\\{";

    private JsonSchema() {}

    static <B> Map<String, Object> of(Section<B, ?> section, String title) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "http://json-schema.org/draft-07/schema#");
        schema.put("title", title);
        schema.putAll(section(section.keys(), section.fresh()));
        schema.put("patternProperties", Map.of("^[xX]-", Map.of()));
        return schema;
    }

    private static <B> Map<String, Object> section(List<Key<B>> keys, B fresh) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Key<B> key : keys) {
            Map<String, Object> schema = new LinkedHashMap<>();
            schema.put("description", description(key, fresh));
            Slot<B, ?> slot = key.slot();
            schema.putAll(slot == null ? section(key.children(), fresh) : kind(slot.kind(), key.isRequired()));
            properties.put(key.name(), schema);
            if (key.isRequired()) {
                required.add(key.name());
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", List.of("object", "null"));
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("type", "object");
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    private static <B> String description(Key<B> key, B fresh) {
        String standard = key.standard(fresh);
        return (key.says()
                        + (key.allowed().isEmpty() ? "" : " Allowed: " + key.allowed() + ".")
                        + (key.isRequired() ? " Required." : standard.isEmpty() ? "" : " Default: " + standard + ".")
                        + (key.kafka().isEmpty() ? "" : " Kafka: " + key.kafka() + "."))
                .strip();
    }

    private static Map<String, Object> kind(Kind<?> kind, boolean required) {
        if (kind instanceof TextListKind) {
            return required ? texts(1, List.of("string"), "[^\\s,]") : texts(0, SCALAR, "");
        }
        if (kind instanceof TextMapKind) {
            return ordered("type", List.of("object", "null"), "additionalProperties", Map.of("type", SCALAR));
        }
        if (kind instanceof Kinds.Choice<?> choice) {
            return choice(choice);
        }
        if (kind instanceof Kinds.Scale<?> scale) {
            return scale(scale);
        }
        return Map.of("type", SCALAR);
    }

    private static Map<String, Object> texts(int least, List<String> types, String pattern) {
        Map<String, Object> one = ordered("type", types, "pattern", pattern);
        return Map.of("anyOf", List.of(one, ordered("type", "array", "items", one, "minItems", least)));
    }

    private static Map<String, Object> choice(Kinds.Choice<?> choice) {
        boolean bool = choice.choices.containsKey("yes");
        String anyCase =
                choice.choices.keySet().stream().map(JsonSchema::anyCase).collect(Collectors.joining("|"));
        return Map.of(
                "anyOf",
                List.of(
                        bool ? Map.of("type", "boolean") : Map.of("enum", List.copyOf(choice.choices.keySet())),
                        ordered("type", "string", "pattern", "^(" + anyCase + ")$|" + VARIABLE)));
    }

    private static String anyCase(String text) {
        return text.chars()
                .mapToObj(c -> Character.isLetter(c)
                        ? "[" + (char) Character.toUpperCase(c) + (char) Character.toLowerCase(c) + "]"
                        : Character.toString(c))
                .collect(Collectors.joining());
    }

    private static Map<String, Object> scale(Kinds.Scale<?> scale) {
        if (scale.min instanceof Duration) {
            String number = "[+-]?[0-9]*[.]?[0-9]*";
            return ordered(
                    "type",
                    List.of("string", "integer"),
                    "pattern",
                    "^(" + number + "(ns|us|µs|μs|ms|s|m|h))+$|^[+-]?0$|^[+-]?[pP]|" + VARIABLE,
                    "minimum",
                    0,
                    "maximum",
                    0);
        }
        boolean whole = !(scale.min instanceof Double);
        return ordered(
                "type",
                List.of(whole ? "integer" : "number", "string"),
                "pattern",
                (scale.min instanceof Integer ? "^[+-]?[0-9][0-9_]*$|" : "^[+-]?[0-9]|") + VARIABLE,
                "minimum",
                scale.min,
                "maximum",
                scale.max);
    }

    private static Map<String, Object> ordered(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
