package dev.kq.conf;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads configuration files, YAML or JSON, into checked values. Types that can be read are those with a
 * {@link Section}, such as {@link dev.kq.KqConf}, and records of them: see {@link #load(Path, Class)}.
 *
 * <p>Keys are matched without regard to case. In values, {@code ${NAME}} is replaced by the environment variable,
 * {@code ${NAME:-default}} by the default if it is not set or empty, {@code $$} by one {@code $}; any other {@code $}
 * stays. Anchors, aliases and merge keys work; tags, keys written twice, more than one document and files over 3 MiB
 * are refused.
 */
public final class ConfLoader {
    private static final Logger LOG = LoggerFactory.getLogger(ConfLoader.class);
    private static final String TEXT = "yaml";

    private final Reading reading;

    private ConfLoader(Reading reading) {
        this.reading = reading;
    }

    /**
     * Reads a whole file.
     *
     * @param file a YAML or JSON file, UTF-8, at most 3 MiB
     * @param type {@link dev.kq.KqConf}, {@code KqPusherConf}, {@link Connection}, {@link ServiceConf}, or a record. A
     *     record's components are its keys; they may be {@code String, int, long, double, boolean, Duration, Path},
     *     enums, lists of texts, maps from text to text, such types and records again, and lists of and maps from text
     *     to these. A component must be written unless it is a list, a map, or {@code @Nullable}. A component of type
     *     {@link ServiceConf} in the outermost record takes its keys from the record's own level.
     * @throws ConfException with every problem of the file at once, each with its line; also if it cannot be read
     * @throws IllegalArgumentException if the type cannot be read from a file
     */
    public static <T> T load(Path file, Class<T> type) {
        return load(List.of(file), type);
    }

    /**
     * Reads a whole configuration from several files. A later file goes before an earlier one, key by key; sections are
     * merged, lists are replaced. Environment variables go before all files.
     *
     * @param files at least one
     * @param type as in {@link #load(Path, Class)}
     * @throws ConfException with every problem of all files at once; also if one cannot be read
     * @throws IllegalArgumentException if there is no file, or the type cannot be read from a file
     */
    public static <T> T load(List<Path> files, Class<T> type) {
        return load(files, null, type, System.getenv());
    }

    /**
     * Reads one section of a file. The rest of the file is not looked at.
     *
     * @param file a YAML or JSON file, UTF-8, at most 3 MiB
     * @param section the section's key at the top level, in any case, or the keys that lead to it with dots between
     * @param type as in {@link #load(Path, Class)}
     * @throws ConfException with every problem of the section at once, each with its line; also if the file cannot be
     *     read or has no such section
     * @throws IllegalArgumentException if the type cannot be read from a file
     */
    public static <T> T load(Path file, String section, Class<T> type) {
        return load(List.of(file), section, type, System.getenv());
    }

    /** Reads files, or a section that each of them has, with these environment variables. */
    static <T> T load(List<Path> files, @Nullable String section, Class<T> type, Map<String, String> environment) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no file to load");
        }
        Section<?, T> kind = RecordSection.whole(type);
        Reading reading = new Reading(new Variables(environment::get), Overrides.of(environment));
        List<SourceText> sources = files.stream().map(SourceText::read).toList();
        return new ConfLoader(reading).bind(sources, section, kind);
    }

    /**
     * Reads a text as if it were a whole file named {@code yaml}. Environment variables are only used where the text
     * names them.
     *
     * @param type as in {@link #load(Path, Class)}
     * @throws ConfException with every problem of the text at once, each with its line
     * @throws IllegalArgumentException if the type cannot be read from a file
     */
    public static <T> T parse(String yaml, Class<T> type) {
        return parse(yaml, null, type, System.getenv());
    }

    /** Reads a text, or a section of it, with these environment variables. */
    static <T> T parse(String yaml, @Nullable String section, Class<T> type, Map<String, String> environment) {
        Section<?, T> kind = RecordSection.whole(type);
        Reading reading = new Reading(new Variables(environment::get), Overrides.NONE);
        return new ConfLoader(reading).bind(List.of(SourceText.of(TEXT, yaml)), section, kind);
    }

    private <T> T bind(List<SourceText> sources, @Nullable String section, Section<?, T> kind) {
        ConfFile.@Nullable Part all = null;
        for (SourceText source : sources) {
            ConfFile file = new ConfFile(source, reading);
            boolean hints = sources.size() == 1;
            ConfFile.Part part = section != null ? file.section(section) : hints ? file.whole(kind) : file.whole();
            all = all == null ? part : new ConfFile.Part(all.path(), all.place(), Overlay.of(all.tree(), part.tree()));
        }
        ConfFile.Part whole = Objects.requireNonNull(all);
        reading.at(whole.path(), whole.place());
        @Nullable T value = kind.read(whole.tree(), whole.path(), whole.place(), reading);
        reading.throwIfFailed();
        log(sources);
        return Objects.requireNonNull(value, "BUG: no value and no problem");
    }

    private void log(List<SourceText> sources) {
        String files = sources.stream().map(SourceText::file).collect(Collectors.joining(", "));
        if (!reading.overrides().used().isEmpty()) {
            LOG.info(
                    "{}: values from the environment: {}",
                    files,
                    String.join(", ", reading.overrides().used()));
        }
        reading.effectBy()
                .forEach((what, keys) ->
                        LOG.info("{}: {} accepted, effect by {}", files, String.join(", ", keys), what));
        if (!reading.ineffective().isEmpty()) {
            LOG.info("{}: {} accepted, no effect in this version", files, String.join(", ", reading.ineffective()));
        }
    }
}
