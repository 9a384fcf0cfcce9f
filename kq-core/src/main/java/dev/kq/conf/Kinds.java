package dev.kq.conf;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The kinds of single values. */
final class Kinds {
    static final Kind<Boolean> BOOL = choice("true or false", booleans());

    /** The name of a file or folder, which need not be there. */
    static final Kind<Path> PATH = new Kind<>() {
        @Override
        String type() {
            return "path";
        }

        @Override
        String allowed() {
            return "";
        }

        @Override
        Path parse(String text) throws Rejected {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw new Rejected("not a path");
            }
        }
    };

    private static final Pattern WHOLE = Pattern.compile("[+-]?(0|[1-9][0-9_]{0,40})");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

    private Kinds() {}

    /** Any text. */
    static Kind<String> text() {
        return text("text", "", text -> null);
    }

    /** A text with a rule that says what is wrong with it, or null. */
    static Kind<String> text(String type, String allowed, Function<String, @Nullable String> rule) {
        return new Text(type, allowed, rule, false);
    }

    /** A text that is never shown. */
    static Kind<String> secret() {
        return new Text("text, secret", "", text -> null, true);
    }

    static Kind<Integer> integer(int min, int max) {
        boolean all = min == Integer.MIN_VALUE && max == Integer.MAX_VALUE;
        return new Scale<>("whole number", all ? "a whole number" : min + " to " + max, min, max) {
            @Override
            Integer parse(String text) throws Rejected {
                if (!WHOLE.matcher(text).matches()) {
                    throw new Rejected("not a whole number");
                }
                BigInteger value = new BigInteger(text.replace("_", ""));
                if (value.bitLength() > 31) {
                    throw new Rejected(OUT_OF_RANGE);
                }
                return value.intValue();
            }
        };
    }

    static Kind<Double> number(double min, double max) {
        boolean all = max == Double.MAX_VALUE;
        return new Scale<>("number", all ? "a number" : plain(min) + " to " + plain(max), min, max) {
            @Override
            Double parse(String text) throws Rejected {
                if (!DECIMAL.matcher(text).matches()) {
                    throw new Rejected("not a number");
                }
                return Double.valueOf(text);
            }

            @Override
            String show(Double value) {
                return plain(value);
            }
        };
    }

    /** A number of bytes, also with a unit. */
    static Kind<Long> size(long min, long max) {
        String range = max == Long.MAX_VALUE ? "" : Sizes.show(min) + " to " + Sizes.show(max) + ", ";
        return new Scale<>("size", (range.isEmpty() ? "a size " : range) + "such as 10240 or 64MiB", min, max) {
            @Override
            Long parse(String text) throws Rejected {
                return Sizes.parse(text);
            }

            @Override
            String show(Long value) {
                return Sizes.show(value);
            }
        };
    }

    static Kind<Duration> duration(Duration min, Duration max) {
        boolean all = max.equals(Durations.LONGEST);
        String range = all ? "" : Durations.show(min) + " to " + Durations.show(max) + ", ";
        String allowed = (range.isEmpty() ? "a duration " : range) + "such as 200ms, 1m30s or PT1S";
        return new Scale<>("duration", allowed, min, max) {
            @Override
            Duration parse(String text) throws Rejected {
                return Durations.parse(text);
            }

            @Override
            String show(Duration value) {
                return Durations.show(value);
            }
        };
    }

    /** The constants of an enum, in lower case. */
    static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
        Map<String, E> choices = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            choices.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        return choice("choice", choices);
    }

    /** One of these texts. */
    static Kind<String> oneOf(String... names) {
        Map<String, String> choices = new LinkedHashMap<>();
        for (String name : names) {
            choices.put(name, name);
        }
        return choice("choice", choices);
    }

    static <V> Kind<V> choice(String type, Map<String, V> choices) {
        return new Choice<>(type, choices);
    }

    private static Map<String, Boolean> booleans() {
        Map<String, Boolean> choices = new LinkedHashMap<>();
        choices.put("true", true);
        choices.put("false", false);
        choices.put("yes", true);
        choices.put("no", false);
        choices.put("on", true);
        choices.put("off", false);
        return choices;
    }

    static String plain(double value) {
        return Double.isFinite(value)
                ? new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString()
                : String.valueOf(value);
    }

    private static final class Text extends Kind<String> {
        private final String type;
        private final String allowed;
        private final Function<String, @Nullable String> rule;
        private final boolean secret;

        Text(String type, String allowed, Function<String, @Nullable String> rule, boolean secret) {
            this.type = type;
            this.allowed = allowed;
            this.rule = rule;
            this.secret = secret;
        }

        @Override
        String type() {
            return type;
        }

        @Override
        String allowed() {
            return allowed;
        }

        @Override
        String parse(String text) {
            return text;
        }

        @Override
        @Nullable
        String wrong(String value) {
            return value.isEmpty() ? null : rule.apply(value);
        }

        @Override
        String show(String value) {
            return secret && !value.isEmpty() ? Shown.MASK : value;
        }

        @Override
        boolean emptyIsAbsent() {
            return true;
        }

        @Override
        boolean secret() {
            return secret;
        }
    }

    /** A kind with a smallest and a largest value. */
    abstract static class Scale<V extends Comparable<V>> extends Kind<V> {
        static final String OUT_OF_RANGE = "out of range";
        final V min;
        final V max;
        private final String type;
        private final String allowed;

        Scale(String type, String allowed, V min, V max) {
            this.type = type;
            this.allowed = allowed;
            this.min = min;
            this.max = max;
        }

        @Override
        String type() {
            return type;
        }

        @Override
        String allowed() {
            return allowed;
        }

        @Override
        @Nullable
        String wrong(V value) {
            return value.compareTo(min) < 0 || value.compareTo(max) > 0 ? OUT_OF_RANGE : null;
        }
    }

    static final class Choice<V> extends Kind<V> {
        final Map<String, V> choices;
        private final String type;

        Choice(String type, Map<String, V> choices) {
            this.type = type;
            this.choices = choices;
        }

        @Override
        String type() {
            return type;
        }

        @Override
        String allowed() {
            return choices.containsKey("yes") ? "true, false" : String.join(", ", choices.keySet());
        }

        @Override
        V parse(String text) throws Rejected {
            for (Map.Entry<String, V> choice : choices.entrySet()) {
                if (choice.getKey().equalsIgnoreCase(text.strip())) {
                    return choice.getValue();
                }
            }
            throw new Rejected("not one of the choices");
        }

        @Override
        String show(V value) {
            for (Map.Entry<String, V> choice : choices.entrySet()) {
                if (Objects.equals(choice.getValue(), value)) {
                    return choice.getKey();
                }
            }
            return String.valueOf(value);
        }

        @Override
        @Nullable
        String wrong(V value) {
            return choices.containsValue(value) ? null : "not one of the choices";
        }
    }
}
