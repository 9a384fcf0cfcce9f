package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kq lag}. Run by the main thread. */
@Command(name = "lag", description = "Show what a consumer group has before it, partition by partition.")
final class LagCommand implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    @Parameters(paramLabel = "GROUP", description = "The consumer group.")
    String group = "";

    private final Shell shell;

    LagCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        try (Cluster cluster = new Cluster(common, shell.stop())) {
            print(GroupLag.of(cluster, List.of(describe(cluster))).get(0));
        }
        return Failure.DONE;
    }

    private ConsumerGroupDescription describe(Cluster cluster) {
        try {
            return cluster.answer(Objects.requireNonNull(cluster.admin()
                    .describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)));
        } catch (GroupIdNotFoundException e) {
            throw Failure.failed("there is no consumer group " + group + " at " + cluster.brokers(), e);
        }
    }

    private void print(GroupLag lag) {
        if (common.json) {
            ObjectNode json = RecordJson.object();
            json.put("group", lag.group().groupId());
            json.put("state", lag.group().groupState().toString());
            json.put("lag", lag.sum());
            ArrayNode array = json.putArray("partitions");
            lag.partitions()
                    .forEach(one -> array.addObject()
                            .put("topic", one.partition().topic())
                            .put("partition", one.partition().partition())
                            .put("committed", one.committed())
                            .put("end", one.end())
                            .put("lag", one.lag()));
            shell.out().println(json);
            return;
        }
        Table table = new Table("TOPIC", ">PARTITION", ">COMMITTED", ">END", ">LAG");
        lag.partitions()
                .forEach(one -> table.row(
                        one.partition().topic(),
                        Integer.toString(one.partition().partition()),
                        one.committed() == null ? Shown.NOTHING : Shown.number(one.committed()),
                        Shown.number(one.end()),
                        Shown.number(one.lag())));
        table.row("sum", "", "", "", Shown.number(lag.sum()));
        table.print(shell.out());
    }
}
