package dev.kq.conf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Helps those who load a whole file and mean a section of it, or who mistype the section. */
final class SectionHint {
    private SectionHint() {}

    /** What to say when nothing required is at the top level but in a section, or null if that is not so. */
    static @Nullable String instead(List<YamlDocument.Member> top, Section<?, ?> section) {
        List<String> required =
                section.keys().stream().filter(Key::isRequired).map(Key::name).toList();
        if (required.isEmpty() || !holds(names(top), required).isEmpty()) {
            return null;
        }
        List<String> all = new ArrayList<>();
        List<String> some = new ArrayList<>();
        for (YamlDocument.Member member : top) {
            if (member.value() instanceof MappingNode mapping) {
                int held = holds(names(mapping), required).size();
                if (held == required.size()) {
                    all.add(member.key());
                }
                if (held > 0) {
                    some.add(member.key());
                }
            }
        }
        List<String> meant = all.isEmpty() ? some : all;
        if (meant.isEmpty()) {
            return null;
        }
        return "no " + required.get(0) + " at the top level (did you mean section " + shown(meant, " or ") + "?)";
    }

    /** What to say when a section is not there. */
    static String missing(String name, String path, List<YamlDocument.Member> members) {
        List<String> sections = members.stream()
                .filter(member -> member.value() instanceof MappingNode)
                .map(YamlDocument.Member::key)
                .toList();
        String last = name.substring(path.isEmpty() ? 0 : Math.min(name.length(), path.length() + 1));
        String where = path.isEmpty() ? "the file" : path;
        String there = sections.isEmpty() ? where + " has no sections" : where + " has " + shown(sections, ", ");
        @Nullable String closest = Closest.find(last, sections);
        String meant = closest == null ? "" : "; did you mean " + Shown.key(closest) + "?";
        return "no section " + Shown.value(name) + " (" + there + meant + ")";
    }

    private static String shown(List<String> keys, String between) {
        return keys.stream().limit(20).map(Shown::key).collect(Collectors.joining(between));
    }

    private static List<String> holds(Set<String> names, List<String> required) {
        return required.stream()
                .filter(name -> names.contains(name.toLowerCase(Locale.ROOT)))
                .toList();
    }

    private static Set<String> names(List<YamlDocument.Member> members) {
        return members.stream()
                .map(member -> member.key().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static Set<String> names(MappingNode mapping) {
        return mapping.getValue().stream()
                .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode)
                .map(tuple -> ((ScalarNode) tuple.getKeyNode()).getValue().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }
}
