package dev.kq.conf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One key of a {@link Section}: its name, what it may hold, where its value goes, and what the documentation says about
 * it. The whole handling of a key (reading, checking, showing, documenting) follows from here. Names are matched
 * without regard to case. Immutable.
 *
 * @param <B> the builder that takes the values of the section
 */
public final class Key<B> {
    private final String name;
    private final @Nullable Slot<B, ?> slot;
    private final List<Key<B>> children;
    private final @Nullable Consumer<B> whenWritten;
    private final Notes notes;

    /** What does not concern the value: for the documentation and for missing and idle keys. */
    private record Notes(boolean required, String effectBy, boolean kq, String kafka, String says, String standard) {
        static final Notes NONE = new Notes(false, "", false, "", "", "");
    }

    private static final String NOTHING = "nothing";

    private Key(
            String name,
            @Nullable Slot<B, ?> slot,
            List<Key<B>> children,
            @Nullable Consumer<B> whenWritten,
            Notes notes) {
        this.name = name;
        this.slot = slot;
        this.children = children;
        this.whenWritten = whenWritten;
        this.notes = notes;
    }

    static <B, V> Key<B> of(
            String name, Kind<V> kind, @Nullable Function<B, @Nullable V> get, @Nullable BiConsumer<B, V> set) {
        return new Key<>(name, new Slot<>(kind, get, set), List.of(), null, Notes.NONE);
    }

    /** A text. */
    public static <B> Key<B> text(String name, Function<B, @Nullable String> get, BiConsumer<B, String> set) {
        return of(name, Kinds.text(), get, set);
    }

    /** A text with a rule: what is wrong with a text, or null. */
    public static <B> Key<B> text(
            String name,
            String type,
            String allowed,
            Function<String, @Nullable String> rule,
            Function<B, @Nullable String> get,
            BiConsumer<B, String> set) {
        return of(name, Kinds.text(type, allowed, rule), get, set);
    }

    /** A text that appears in no message. */
    public static <B> Key<B> secret(String name, Function<B, @Nullable String> get, BiConsumer<B, String> set) {
        return of(name, Kinds.secret(), get, set);
    }

    /** Texts; in a file also one text with commas. The rule says what is wrong with an element, or null. */
    public static <B> Key<B> texts(
            String name,
            String type,
            String allowed,
            Function<String, @Nullable String> rule,
            Function<B, List<String>> get,
            BiConsumer<B, List<String>> set) {
        return of(name, new TextListKind(Kinds.text(type, allowed, rule)), get, set);
    }

    /** A map from text to text. */
    public static <B> Key<B> settings(
            String name, Function<B, @Nullable Map<String, String>> get, BiConsumer<B, Map<String, String>> set) {
        return of(name, new TextMapKind(), get, set);
    }

    /** A whole number, both bounds included. */
    public static <B> Key<B> integer(
            String name, int min, int max, Function<B, @Nullable Integer> get, BiConsumer<B, Integer> set) {
        return of(name, Kinds.integer(min, max), get, set);
    }

    /** A number, both bounds included. */
    public static <B> Key<B> number(
            String name, double min, double max, Function<B, @Nullable Double> get, BiConsumer<B, Double> set) {
        return of(name, Kinds.number(min, max), get, set);
    }

    /** A number of bytes, both bounds included; in a file also with a unit, such as {@code 64MiB}. */
    public static <B> Key<B> size(String name, long min, long max, Function<B, Long> get, BiConsumer<B, Long> set) {
        return of(name, Kinds.size(min, max), get, set);
    }

    /** A duration, both bounds included; in a file as Go or ISO 8601 writes it. */
    public static <B> Key<B> duration(
            String name, Duration min, Duration max, Function<B, @Nullable Duration> get, BiConsumer<B, Duration> set) {
        return of(name, Kinds.duration(min, max), get, set);
    }

    /** True or false. */
    public static <B> Key<B> bool(String name, Function<B, @Nullable Boolean> get, BiConsumer<B, Boolean> set) {
        return of(name, Kinds.BOOL, get, set);
    }

    /** A constant of an enum, in any case. */
    public static <B, E extends Enum<E>> Key<B> choice(
            String name, Class<E> type, Function<B, @Nullable E> get, BiConsumer<B, E> set) {
        return of(name, Kinds.choice(type), get, set);
    }

    /** One of some texts, in any case. */
    public static <B> Key<B> oneOf(
            String name, List<String> texts, Function<B, String> get, BiConsumer<B, String> set) {
        return of(name, Kinds.oneOf(texts.toArray(String[]::new)), get, set);
    }

    /** A section inside the section, whose values go to the same builder. */
    public static <B> Key<B> section(String name, List<Key<B>> keys) {
        return new Key<>(name, null, List.copyOf(keys), null, Notes.NONE);
    }

    /** The same key for a builder that holds this one's builder. */
    public <A> Key<A> within(Function<A, B> path) {
        List<Key<A>> moved = new ArrayList<>();
        for (Key<B> child : children) {
            moved.add(child.within(path));
        }
        Consumer<B> told = whenWritten;
        return new Key<>(
                name,
                slot == null ? null : slot.within(path),
                moved,
                told == null ? null : outer -> told.accept(path.apply(outer)),
                notes);
    }

    /** The key must have a value. */
    public Key<B> required() {
        return with(new Notes(true, notes.effectBy, notes.kq, notes.kafka, notes.says, notes.standard));
    }

    /** The key is known and does nothing in this version; a file that has it causes one line in the log. */
    public Key<B> idle() {
        return effectBy(NOTHING);
    }

    /** The key does nothing until the application does this; a file that has it causes one line in the log. */
    public Key<B> effectBy(String what) {
        return with(new Notes(notes.required, what, notes.kq, notes.kafka, notes.says, notes.standard));
    }

    /** Tells the builder that the file has this section, however much of it. */
    public Key<B> whenWritten(Consumer<B> told) {
        return new Key<>(name, slot, children, told, notes);
    }

    /** The key is one of kq or go-zero. */
    public Key<B> ofKq() {
        return with(new Notes(notes.required, notes.effectBy, true, notes.kafka, notes.says, notes.standard));
    }

    /** The Kafka setting that the key becomes, for the documentation. */
    public Key<B> kafka(String setting) {
        return with(new Notes(notes.required, notes.effectBy, notes.kq, setting, notes.says, notes.standard));
    }

    /** What the key means, for the documentation. */
    public Key<B> says(String text) {
        return with(new Notes(notes.required, notes.effectBy, notes.kq, notes.kafka, text, notes.standard));
    }

    /** What holds without the key, for the documentation, where a fresh builder does not show it. */
    public Key<B> standard(String text) {
        return with(new Notes(notes.required, notes.effectBy, notes.kq, notes.kafka, notes.says, text));
    }

    private Key<B> with(Notes changed) {
        return new Key<>(name, slot, children, whenWritten, changed);
    }

    /** The name as it is documented. */
    public String name() {
        return name;
    }

    /** The keys inside, empty if this is no section. */
    public List<Key<B>> children() {
        return children;
    }

    /** What the key holds: {@code text}, {@code whole number}, {@code section}, … */
    public String type() {
        return slot == null ? "section" : slot.kind().type();
    }

    /** Which values are allowed; empty if all of the type are. */
    public String allowed() {
        return slot == null ? "" : slot.kind().allowed();
    }

    /** Whether the key must have a value. */
    public boolean isRequired() {
        return notes.required;
    }

    /** Whether the key does nothing in this version. */
    public boolean isIdle() {
        return notes.effectBy.equals(NOTHING);
    }

    /** What the application must do for the key to have an effect, or an empty text. */
    public String effectBy() {
        return isIdle() ? "" : notes.effectBy;
    }

    /** Whether the key is one of kq or go-zero. */
    public boolean isOfKq() {
        return notes.kq;
    }

    /** The Kafka setting that the key becomes, or an empty text. */
    public String kafka() {
        return notes.kafka;
    }

    /** What the key means. */
    public String says() {
        return notes.says;
    }

    /** The value in a fresh builder, as it would be written in a file; empty if there is none. */
    public String standard(B fresh) {
        if (!notes.standard.isEmpty()) {
            return notes.standard;
        }
        @Nullable String shown = slot == null ? null : slot.show(fresh);
        return shown == null ? "" : shown;
    }

    /** The file has this section. */
    void written(B builder) {
        if (whenWritten != null) {
            whenWritten.accept(builder);
        }
    }

    @Nullable
    Slot<B, ?> slot() {
        return slot;
    }
}
