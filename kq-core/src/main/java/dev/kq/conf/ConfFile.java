package dev.kq.conf;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/** One file: parses it, and finds the part that is asked for. */
final class ConfFile {
    private final SourceText source;
    private final Reading reading;
    private final YamlDocument document;

    ConfFile(SourceText source, Reading reading) {
        this.source = source;
        this.reading = reading;
        this.document = new YamlDocument(source.file(), reading);
        reading.file(source.file());
    }

    /** A part of a file, and how it is called there; the path is empty for the whole file. */
    record Part(String path, Place place, Tree tree) {}

    /**
     * The whole file.
     *
     * @param section what is looked for; if it is in a section instead, that is the problem
     */
    Part whole(Section<?, ?> section) {
        MappingNode root = root();
        List<YamlDocument.Member> members = document.members(root, "");
        reading.throwIfFailed();
        @Nullable String hint = SectionHint.instead(members, section);
        if (hint != null) {
            throw SourceText.failure(source.file(), 1, hint);
        }
        return part(root);
    }

    /** The whole file, whatever it is. */
    Part whole() {
        return part(root());
    }

    private Part part(MappingNode root) {
        return new Part("", new Place(source.file(), 1), document.tree(root, ""));
    }

    /** The part under a key, or under keys with dots between; throws if there is none. */
    Part section(String name) {
        MappingNode current = root();
        String path = "";
        String rest = name;
        while (true) {
            List<YamlDocument.Member> members = document.members(current, path);
            reading.throwIfFailed();
            YamlDocument.Member found = named(members, rest);
            int dot = rest.indexOf('.');
            if (found == null && dot >= 0) {
                found = named(members, rest.substring(0, dot));
                rest = rest.substring(dot + 1);
            } else {
                dot = -1;
            }
            if (found == null) {
                throw SourceText.failure(source.file(), 1, SectionHint.missing(name, path, members));
            }
            path = Reading.join(path, found.key());
            if (dot < 0) {
                return new Part(path, found.place(), document.tree(found.value(), path));
            }
            current = mapping(found.value(), path);
        }
    }

    private YamlDocument.@Nullable Member named(List<YamlDocument.Member> members, String name) {
        YamlDocument.Member found = null;
        for (YamlDocument.Member member : members) {
            if (!member.key().equalsIgnoreCase(name)) {
                continue;
            }
            if (found == null) {
                found = member;
            } else if (!member.merged()) {
                reading.reject(member.place(), member.key(), "is written twice");
            }
        }
        return found;
    }

    private MappingNode root() {
        @Nullable Node root = YamlSyntax.parse(source);
        if (root == null) {
            throw SourceText.failure(source.file(), 1, "is empty, where keys are meant");
        }
        return mapping(root, "");
    }

    private MappingNode mapping(Node node, String path) {
        if (node instanceof MappingNode mapping) {
            return mapping;
        }
        Place place = document.place(node);
        throw new ConfException(List.of(new ConfException.Problem(
                place.file(), place.line(), path, "has no keys, where keys with values are meant (Key: value)")));
    }
}
