package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kq groups}. Run by the main thread. */
@Command(name = "groups", description = "List the consumer groups: state, members and lag.")
final class GroupsCommand implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    private final Shell shell;

    GroupsCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        try (Cluster cluster = new Cluster(common, shell.stop())) {
            print(GroupLag.of(cluster, describe(cluster)));
        }
        return Failure.DONE;
    }

    private static List<ConsumerGroupDescription> describe(Cluster cluster) {
        List<String> names =
                cluster
                        .answer(cluster.admin()
                                .listGroups(ListGroupsOptions.forConsumerGroups())
                                .all())
                        .stream()
                        .map(GroupListing::groupId)
                        .sorted()
                        .toList();
        var asked = cluster.admin().describeConsumerGroups(names).describedGroups();
        List<ConsumerGroupDescription> groups = new ArrayList<>();
        for (String name : names) {
            try {
                groups.add(cluster.answer(Objects.requireNonNull(asked.get(name))));
            } catch (GroupIdNotFoundException e) {
                // deleted since
            }
        }
        return groups;
    }

    private void print(List<GroupLag> groups) {
        if (common.json) {
            ObjectNode json = RecordJson.object();
            ArrayNode array = json.putArray("groups");
            groups.forEach(group -> array.addObject()
                    .put("group", group.group().groupId())
                    .put("state", group.group().groupState().toString())
                    .put("members", group.group().members().size())
                    .put("lag", group.sum()));
            shell.out().println(json);
            return;
        }
        Table table = new Table("GROUP", "STATE", ">MEMBERS", ">LAG");
        groups.forEach(group -> table.row(
                Shown.text(group.group().groupId()),
                group.group().groupState().toString(),
                Shown.number(group.group().members().size()),
                Shown.number(group.sum())));
        table.print(shell.out());
    }
}
