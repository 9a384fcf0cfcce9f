package dev.kq.conf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A kind of configuration section: its keys, its checks, and how a value is made of it. Values from a file and values
 * from code go through the same builder, the same defaults and the same checks. Immutable.
 *
 * @param <B> the builder that takes the values
 * @param <T> what is made of it
 */
public final class Section<B, T> {
    /** Keys that begin so are the file's own, a place for anchors. */
    private static final String NOTE = "x-";

    private final Supplier<B> fresh;
    private final Function<B, T> make;
    private final List<Key<B>> keys;
    private final List<BiConsumer<B, Findings>> checks;

    private Section(Supplier<B> fresh, Function<B, T> make, List<Key<B>> keys, List<BiConsumer<B, Findings>> checks) {
        this.fresh = fresh;
        this.make = make;
        this.keys = List.copyOf(keys);
        this.checks = List.copyOf(checks);
    }

    /**
     * A section without keys yet.
     *
     * @param fresh gives a builder with all defaults
     * @param make makes the value of a builder that has passed all checks
     */
    public static <B, T> Section<B, T> of(Supplier<B> fresh, Function<B, T> make) {
        return new Section<>(fresh, make, List.of(), List.of());
    }

    /** This section with more keys. */
    public Section<B, T> keys(List<Key<B>> more) {
        List<Key<B>> all = new ArrayList<>(keys);
        all.addAll(more);
        return new Section<>(fresh, make, all, checks);
    }

    /** This section with one more check, for what a single key cannot know. */
    public Section<B, T> check(BiConsumer<B, Findings> check) {
        List<BiConsumer<B, Findings>> all = new ArrayList<>(checks);
        all.add(check);
        return new Section<>(fresh, make, keys, all);
    }

    /** This section with the keys and checks of another one on the same level. */
    public <A> Section<B, T> including(Section<A, ?> other, Function<B, A> path) {
        Section<B, T> all =
                keys(other.keys.stream().map(key -> key.within(path)).toList());
        for (BiConsumer<A, Findings> check : other.checks) {
            all = all.check((builder, findings) -> check.accept(path.apply(builder), findings));
        }
        return all;
    }

    /** The keys in the order of the documentation. */
    public List<Key<B>> keys() {
        return keys;
    }

    /** A builder with all defaults. */
    public B fresh() {
        return fresh.get();
    }

    /**
     * Checks a builder and makes the value.
     *
     * @throws ConfException with every problem at once
     */
    public T build(B builder) {
        Findings findings = Findings.ofCode();
        check(builder, findings);
        findings.throwIfAny();
        return make.apply(builder);
    }

    /** All values that are set, as {@code {Name=…, Brokers=…}}, secrets masked. */
    public String describe(B builder) {
        return describe(keys, builder);
    }

    /** All values that are set, by key path, secrets masked. */
    public Map<String, String> shown(B builder) {
        Map<String, String> all = new LinkedHashMap<>();
        show(keys, builder, "", all);
        return all;
    }

    private static <B> void show(List<Key<B>> keys, B builder, String prefix, Map<String, String> all) {
        for (Key<B> key : keys) {
            String path = Reading.join(prefix, key.name());
            Slot<B, ?> slot = key.slot();
            @Nullable String shown = slot == null ? null : slot.show(builder);
            if (shown != null) {
                all.put(path, shown);
            }
            show(key.children(), builder, path, all);
        }
    }

    /** Reads a part of a file; null if a problem was found, which is then in the reading. */
    @Nullable
    T read(Tree tree, String path, Place place, Reading reading) {
        if (!(tree instanceof Tree.Entries entries)) {
            reading.misshapen(tree, path, "a section", "");
            return null;
        }
        B builder = fresh.get();
        Findings findings = new Findings(reading, path, place);
        read(keys, builder, entries, "", findings);
        check(builder, findings);
        if (!findings.clean()) {
            return null;
        }
        try {
            return make.apply(builder);
        } catch (ConfException e) {
            e.problems().forEach(problem -> findings.reject(problem.path(), problem.text()));
            return null;
        }
    }

    private void read(List<Key<B>> known, B builder, Tree.Entries entries, String prefix, Findings findings) {
        Set<String> written = new HashSet<>();
        for (Tree.Entry entry : entries.entries()) {
            String folded = entry.key().toLowerCase(Locale.ROOT);
            @Nullable Key<B> key = find(known, folded);
            if (key == null && folded.startsWith(NOTE) && prefix.isEmpty()) {
                continue;
            }
            if (key == null) {
                String path = Reading.join(prefix, Shown.key(entry.key()));
                findings.reject(entry.place(), path, "unknown key" + hint(entry.key(), known, findings));
            } else if (written.add(folded)) {
                read(key, builder, entry, Reading.join(prefix, key.name()), findings);
            } else if (!entry.merged()) {
                findings.reject(entry.place(), Reading.join(prefix, key.name()), "is written twice");
            }
        }
        for (Key<B> key : known) {
            if (!written.contains(key.name().toLowerCase(Locale.ROOT))) {
                readUnwritten(key, builder, Reading.join(prefix, key.name()), findings);
            }
        }
    }

    /** A key that no file has can still come from the environment. */
    private void readUnwritten(Key<B> key, B builder, String path, Findings findings) {
        Tree.@Nullable Scalar override = findings.reading().overrides().find(findings.path(path));
        Slot<B, ?> slot = key.slot();
        if (slot != null && override != null) {
            findings.reading().at(findings.path(path), override.place());
            slot.read(builder, override, path, findings);
        }
        for (Key<B> child : key.children()) {
            readUnwritten(child, builder, Reading.join(path, child.name()), findings);
        }
    }

    private void read(Key<B> key, B builder, Tree.Entry entry, String path, Findings findings) {
        findings.reading().at(findings.path(path), entry.place());
        if (key.isIdle()) {
            findings.reading().ineffective(path);
        } else if (!key.effectBy().isEmpty()) {
            findings.reading().effectBy(key.effectBy(), path);
        }
        Slot<B, ?> slot = key.slot();
        Tree.@Nullable Scalar override =
                slot == null ? null : findings.reading().overrides().find(findings.path(path));
        if (slot != null && override != null) {
            findings.reading().at(findings.path(path), override.place());
            slot.read(builder, override, path, findings);
        } else if (slot != null) {
            slot.read(builder, entry.value(), path, findings);
        } else if (entry.value() instanceof Tree.Entries inner) {
            key.written(builder);
            read(key.children(), builder, inner, path, findings);
        } else if (!(entry.value() instanceof Tree.Scalar scalar && scalar.absent())) {
            findings.broken(path);
            findings.reading().misshapen(entry.value(), findings.path(path), "a section", "");
        }
    }

    private void check(B builder, Findings findings) {
        check(keys, builder, "", findings);
        for (BiConsumer<B, Findings> check : checks) {
            check.accept(builder, findings);
        }
    }

    private void check(List<Key<B>> some, B builder, String prefix, Findings findings) {
        for (Key<B> key : some) {
            String path = Reading.join(prefix, key.name());
            Slot<B, ?> slot = key.slot();
            if (slot != null) {
                slot.check(builder, path, key.isRequired(), findings);
            }
            check(key.children(), builder, path, findings);
        }
    }

    private static <B> @Nullable Key<B> find(List<Key<B>> keys, String folded) {
        for (Key<B> key : keys) {
            if (key.name().toLowerCase(Locale.ROOT).equals(folded)) {
                return key;
            }
        }
        return null;
    }

    private static <B> String hint(String written, List<Key<B>> known, Findings findings) {
        // Nobody reads the ten thousandth hint, and finding it takes time.
        return findings.reading().full() ? "" : Closest.hint(written, names(known));
    }

    private static <B> List<String> names(List<Key<B>> keys) {
        return keys.stream().map(Key::name).toList();
    }

    private static <B> String describe(List<Key<B>> keys, B builder) {
        StringJoiner out = new StringJoiner(", ", "{", "}");
        for (Key<B> key : keys) {
            Slot<B, ?> slot = key.slot();
            @Nullable String shown = slot == null ? null : slot.show(builder);
            if (slot == null && !key.children().isEmpty()) {
                String inner = describe(key.children(), builder);
                shown = inner.equals("{}") ? null : inner;
            }
            if (shown != null) {
                out.add(key.name() + "=" + shown);
            }
        }
        return out.toString();
    }
}
