package dev.kq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kq topics}. Run by the main thread. */
@Command(name = "topics", description = "List the topics: partitions, replicas and messages.")
final class TopicsCommand implements Callable<Integer> {
    @Mixin
    final Common common = new Common();

    private final Shell shell;

    TopicsCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        try (Cluster cluster = new Cluster(common, shell.stop())) {
            Map<String, TopicDescription> topics = describe(cluster);
            List<TopicPartition> partitions = new ArrayList<>();
            topics.forEach((name, topic) ->
                    topic.partitions().forEach(one -> partitions.add(new TopicPartition(name, one.partition()))));
            Map<TopicPartition, @Nullable Long> begins = cluster.offsetsOrNull(partitions, OffsetSpec.earliest());
            Map<TopicPartition, @Nullable Long> ends = cluster.offsetsOrNull(partitions, OffsetSpec.latest());
            Map<String, @Nullable Long> messages = new HashMap<>();
            for (TopicPartition partition : partitions) {
                Long begin = begins.get(partition);
                Long end = ends.get(partition);
                Long before = messages.getOrDefault(partition.topic(), 0L);
                messages.put(
                        partition.topic(),
                        begin == null || end == null || before == null ? null : before + end - begin);
            }
            print(topics, messages);
        }
        return Failure.DONE;
    }

    /** All topics but Kafka's own, by name; one that is deleted meanwhile is left out. */
    private static Map<String, TopicDescription> describe(Cluster cluster) {
        Map<String, TopicDescription> topics = new TreeMap<>();
        Map<String, KafkaFuture<TopicDescription>> asked = cluster.admin()
                .describeTopics(cluster.answer(cluster.admin().listTopics().names()))
                .topicNameValues();
        asked.forEach((name, description) -> {
            try {
                topics.put(name, cluster.answer(description));
            } catch (UnknownTopicOrPartitionException e) {
                // deleted since
            }
        });
        return topics;
    }

    private static int replicas(TopicDescription topic) {
        return topic.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .max()
                .orElse(0);
    }

    private void print(Map<String, TopicDescription> topics, Map<String, @Nullable Long> messages) {
        if (common.json) {
            ObjectNode json = RecordJson.object();
            ArrayNode array = json.putArray("topics");
            topics.forEach((name, topic) -> array.addObject()
                    .put("name", name)
                    .put("partitions", topic.partitions().size())
                    .put("replicas", replicas(topic))
                    .put("messages", messages.get(name)));
            shell.out().println(json);
            return;
        }
        Table table = new Table("TOPIC", ">PARTITIONS", ">REPLICAS", ">MESSAGES");
        topics.forEach((name, topic) -> table.row(
                name,
                Shown.number(topic.partitions().size()),
                Shown.number(replicas(topic)),
                Shown.number(messages.get(name))));
        table.print(shell.out());
    }
}
