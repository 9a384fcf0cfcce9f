package dev.kq.conf;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the {@link Section} of a type: its own, or one made of a record's components. Misuse is found before a file is
 * read.
 */
final class RecordSection {
    private static final Map<Class<?>, Kind<?>> SIMPLE = Map.of(
            String.class, Kinds.text(),
            int.class, Kinds.integer(Integer.MIN_VALUE, Integer.MAX_VALUE),
            Integer.class, Kinds.integer(Integer.MIN_VALUE, Integer.MAX_VALUE),
            long.class, Kinds.size(-Long.MAX_VALUE, Long.MAX_VALUE),
            Long.class, Kinds.size(-Long.MAX_VALUE, Long.MAX_VALUE),
            double.class, Kinds.number(-Double.MAX_VALUE, Double.MAX_VALUE),
            Double.class, Kinds.number(-Double.MAX_VALUE, Double.MAX_VALUE),
            boolean.class, Kinds.BOOL,
            Boolean.class, Kinds.BOOL,
            Duration.class, Kinds.duration(Durations.LONGEST.negated(), Durations.LONGEST));

    /** The records that are being looked at, from the outermost: a record inside of itself would have no end. */
    private final Set<Class<?>> open = new HashSet<>();

    private RecordSection() {}

    /** The section of a type that stands for a whole file or for a named section of it. */
    static <T> Section<?, T> whole(Class<T> type) {
        Section<?, T> own = own(type);
        return own != null ? own : new RecordSection().ofRecord(type, true);
    }

    private <T> Section<?, T> ofRecord(Class<T> type, boolean outermost) {
        if (!type.isRecord()) {
            throw new IllegalArgumentException(
                    type.getName() + " cannot be read: neither a record nor a type with a section() method");
        }
        if (!open.add(type)) {
            throw new IllegalArgumentException(type.getName() + " cannot be read: it holds itself");
        }
        RecordComponent[] components = type.getRecordComponents();
        Constructor<T> constructor = constructor(type, components);
        List<Key<@Nullable Object[]>> keys = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int service = -1;
        for (int i = 0; i < components.length; i++) {
            if (outermost && components[i].getType() == ServiceConf.class) {
                service = i;
            } else {
                keys.add(key(components[i], i));
                names.add(components[i].getName().toLowerCase(Locale.ROOT));
            }
        }
        if (outermost) {
            for (Key<@Nullable Object[]> key : serviceKeys(service)) {
                if (!names.contains(key.name().toLowerCase(Locale.ROOT))) {
                    keys.add(key);
                }
            }
        }
        open.remove(type);
        return Section.<@Nullable Object[], T>of(
                        () -> empty(components, outermost), values -> make(constructor, values))
                .keys(keys);
    }

    /** go-zero's keys, which a service's file has at the top; without a component for them they are only checked. */
    private static List<Key<@Nullable Object[]>> serviceKeys(int component) {
        List<Key<@Nullable Object[]>> keys = new ArrayList<>();
        for (Key<ServiceConf.Draft> key : ServiceConf.section().keys()) {
            if (component >= 0) {
                keys.add(key.within(values -> (ServiceConf.Draft) Objects.requireNonNull(values[component])));
            } else if (!key.name().equals("Name")) {
                ServiceConf.Draft dropped = ServiceConf.section().fresh();
                keys.add(key.<@Nullable Object[]>within(values -> dropped).effectBy("a component of type ServiceConf"));
            }
        }
        return keys;
    }

    private Key<@Nullable Object[]> key(RecordComponent component, int index) {
        String name = component.getName();
        String shown = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        Kind<Object> kind = any(kind(component.getGenericType(), shown, component));
        Key<@Nullable Object[]> key =
                Key.of(shown, kind, values -> values[index], (values, value) -> values[index] = value);
        boolean optional = nullable(component.getAnnotatedType())
                || List.class.isAssignableFrom(component.getType())
                || Map.class.isAssignableFrom(component.getType());
        return optional ? key : key.required();
    }

    private Kind<?> kind(Type type, String name, RecordComponent component) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return arguments[0] == String.class
                        ? new TextListKind(Kinds.text())
                        : new ListKind<>(any(kind(arguments[0], name, component)));
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                return arguments[1] == String.class
                        ? new TextMapKind()
                        : new MapKind<>(any(kind(arguments[1], name, component)));
            }
        }
        if (type instanceof Class<?> plain) {
            return plain(plain, name, component);
        }
        throw unreadable(type, component);
    }

    private Kind<?> plain(Class<?> type, String name, RecordComponent component) {
        Kind<?> simple = SIMPLE.get(type);
        if (simple != null) {
            return type == String.class && Shown.secret(name) ? Kinds.secret() : simple;
        }
        if (type == Path.class) {
            return Kinds.PATH;
        }
        if (type.isEnum()) {
            return enumKind(type);
        }
        Section<?, ?> own = own(type);
        if (own != null) {
            return new SectionKind<>(own);
        }
        if (type.isRecord()) {
            return new SectionKind<>(ofRecord(type, false));
        }
        throw unreadable(type, component);
    }

    private static Kind<?> enumKind(Class<?> type) {
        Map<String, Object> choices = new LinkedHashMap<>();
        Object[] constants = Objects.requireNonNull(type.getEnumConstants());
        for (Object constant : constants) {
            choices.put(((Enum<?>) constant).name().toLowerCase(Locale.ROOT), constant);
        }
        return Kinds.choice("choice", choices);
    }

    private static @Nullable Object[] empty(RecordComponent[] components, boolean outermost) {
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            if (components[i].getType() == List.class) {
                values[i] = List.of();
            } else if (components[i].getType() == Map.class) {
                values[i] = Map.of();
            } else if (outermost && components[i].getType() == ServiceConf.class) {
                values[i] = ServiceConf.section().fresh();
            }
        }
        return values;
    }

    private static <T> Constructor<T> constructor(Class<T> type, RecordComponent[] components) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<T> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor;
        } catch (NoSuchMethodException | RuntimeException e) {
            throw new IllegalArgumentException(type.getName() + " cannot be made: its constructor is out of reach", e);
        }
    }

    private static <T> T make(Constructor<T> constructor, @Nullable Object[] values) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof ServiceConf.Draft draft) {
                values[i] = ServiceConf.section().build(draft);
            }
        }
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ConfException cause) {
                throw cause;
            }
            // The record's own check; what it says is meant for the person who wrote the file.
            String message = e.getCause() instanceof RuntimeException cause ? cause.getMessage() : null;
            throw new ConfException(
                    List.of(new ConfException.Problem(null, 0, "", message == null ? "is refused" : message)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(constructor.getDeclaringClass().getName() + " cannot be made", e);
        }
    }

    private static boolean nullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static IllegalArgumentException unreadable(Type type, RecordComponent component) {
        return new IllegalArgumentException(component.getDeclaringRecord().getName() + "." + component.getName()
                + " cannot be read: no rule for " + type.getTypeName());
    }

    @SuppressWarnings("unchecked") // values only ever go to the component that the kind was found for
    private static Kind<Object> any(Kind<?> kind) {
        return (Kind<Object>) kind;
    }

    @SuppressWarnings("unchecked") // the method's contract: the section of its own class
    private static <T> @Nullable Section<?, T> own(Class<T> type) {
        try {
            Method method = type.getMethod("section");
            if (Modifier.isStatic(method.getModifiers()) && method.getReturnType() == Section.class) {
                return (Section<?, T>) method.invoke(null);
            }
            return null;
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalArgumentException(type.getName() + ".section() cannot be called", e);
        }
    }
}
