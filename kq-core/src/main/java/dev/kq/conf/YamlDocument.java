package dev.kq.conf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Turns YAML nodes into a {@link Tree}: merge keys followed, tags refused. An alias leads to the same part of the tree,
 * so the tree is never much larger than the file. What is not asked for is not looked at.
 */
final class YamlDocument {
    private static final Set<Tag> PLAIN =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.MAP, Tag.SEQ, Tag.MERGE);
    private static final Set<String> ABSENT = Set.of("", "~", "null", "Null", "NULL");
    private static final int LARGEST = 100_000;
    private static final int DEEPEST = 100;

    private final String file;
    private final Reading reading;
    private final IdentityHashMap<Node, Tree> done = new IdentityHashMap<>();
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Node> merging = Collections.newSetFromMap(new IdentityHashMap<>());
    private int size;

    YamlDocument(String file, Reading reading) {
        this.file = file;
        this.reading = reading;
    }

    /** One key of a mapping before its value is converted. */
    record Member(String key, Node value, boolean merged, Place place) {}

    /** The whole tree under a node. */
    Tree tree(Node node, String path) {
        Tree tree = done.get(node);
        if (tree == null) {
            if (!open.add(node) || open.size() > DEEPEST) {
                String what = open.size() > DEEPEST ? "nested too deep" : "an alias that leads back to itself";
                reading.reject(place(node), path, what);
                return new Tree.Refused(place(node));
            }
            tree = convert(node, path);
            open.remove(node);
            done.put(node, tree);
        }
        return tree;
    }

    private Tree convert(Node node, String path) {
        grow(1);
        if (!PLAIN.contains(node.getTag())) {
            reading.reject(place(node), path, "a tag, which is not allowed (put a value that starts with ! in quotes)");
            return new Tree.Refused(place(node));
        }
        if (node instanceof ScalarNode scalar) {
            boolean plain = scalar.isPlain();
            return new Tree.Scalar(scalar.getValue(), plain && ABSENT.contains(scalar.getValue()), place(node));
        }
        if (node instanceof SequenceNode sequence) {
            List<Tree> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                items.add(tree(item, path));
            }
            return new Tree.Items(items, place(node));
        }
        List<Tree.Entry> entries = new ArrayList<>();
        for (Member member : members((MappingNode) node, path)) {
            Tree value = tree(member.value(), Reading.join(path, Shown.key(member.key())));
            entries.add(new Tree.Entry(member.key(), value, member.merged(), member.place()));
        }
        return new Tree.Entries(entries, place(node));
    }

    /** The keys of a mapping as they are written, then the merged ones that they leave. */
    List<Member> members(MappingNode mapping, String path) {
        List<Member> members = new ArrayList<>();
        List<Node> merges = new ArrayList<>();
        for (NodeTuple tuple : mapping.getValue()) {
            grow(1);
            Node key = tuple.getKeyNode();
            if (!(key instanceof ScalarNode scalar) || !PLAIN.contains(key.getTag())) {
                reading.reject(place(key), path, "a key that is not a plain text");
            } else if (key.getTag().equals(Tag.MERGE)) {
                merges.add(tuple.getValueNode());
            } else if (scalar.getValue().isEmpty()) {
                reading.reject(place(key), path, "an empty key");
            } else {
                members.add(new Member(scalar.getValue(), tuple.getValueNode(), false, place(key)));
            }
        }
        if (!merges.isEmpty()) {
            merge(mapping, merges, members, path);
        }
        return members;
    }

    private void merge(Node into, List<Node> merges, List<Member> members, String path) {
        if (!merging.add(into)) {
            reading.reject(place(into), path, "a merge key (<<) that leads back to itself");
            return;
        }
        Set<String> taken = new HashSet<>();
        members.forEach(member -> taken.add(member.key()));
        for (Node merge : merges) {
            List<Node> sources = merge instanceof SequenceNode list ? list.getValue() : List.of(merge);
            for (Node source : sources) {
                if (!(source instanceof MappingNode mapping)) {
                    reading.reject(place(source), path, "a merge key (<<) without a section to merge");
                    continue;
                }
                for (Member member : members(mapping, path)) {
                    if (taken.add(member.key())) {
                        grow(1);
                        members.add(new Member(member.key(), member.value(), true, member.place()));
                    }
                }
            }
        }
        merging.remove(into);
    }

    Place place(Node node) {
        return new Place(file, node.getStartMark().getLine() + 1);
    }

    private void grow(int by) {
        size += by;
        if (size > LARGEST) {
            throw SourceText.failure(file, 1, "has too many keys and values (allowed: up to " + LARGEST + ")");
        }
    }
}
