package dev.kq.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * What a group has before it, partition by partition: of each topic that it has committed to or that its members read.
 * Immutable.
 */
record GroupLag(ConsumerGroupDescription group, List<OfPartition> partitions) {
    /**
     * One partition.
     *
     * @param committed null if there is none
     * @param end null if the brokers do not know it now
     * @param lag null as the end; without a commit, all that is there
     */
    record OfPartition(
            TopicPartition partition,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable Long lag) {}

    /** The lag of some groups, in their order; asks for all of them together. */
    static List<GroupLag> of(Cluster cluster, Collection<ConsumerGroupDescription> groups) {
        Map<String, ListConsumerGroupOffsetsSpec> asked = groups.stream()
                .collect(Collectors.toMap(
                        ConsumerGroupDescription::groupId, group -> new ListConsumerGroupOffsetsSpec(), (a, b) -> a));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = asked.isEmpty()
                ? Map.of()
                : cluster.answer(cluster.admin().listConsumerGroupOffsets(asked).all());
        Map<String, Set<String>> topicsOf = new HashMap<>();
        Set<String> topics = new HashSet<>();
        for (ConsumerGroupDescription group : groups) {
            Set<String> own = topics(group, committed.getOrDefault(group.groupId(), Map.of()));
            topicsOf.put(group.groupId(), own);
            topics.addAll(own);
        }
        Map<String, List<TopicPartition>> partitions = existing(cluster, topics);
        List<TopicPartition> all =
                partitions.values().stream().flatMap(List::stream).toList();
        Map<TopicPartition, @Nullable Long> begins = cluster.offsetsOrNull(all, OffsetSpec.earliest());
        Map<TopicPartition, @Nullable Long> ends = cluster.offsetsOrNull(all, OffsetSpec.latest());
        List<GroupLag> lags = new ArrayList<>();
        for (ConsumerGroupDescription group : groups) {
            Map<TopicPartition, OffsetAndMetadata> done = committed.getOrDefault(group.groupId(), Map.of());
            List<OfPartition> each = new ArrayList<>();
            for (String topic : topicsOf.getOrDefault(group.groupId(), Set.of())) {
                for (TopicPartition partition : partitions.getOrDefault(topic, List.of())) {
                    each.add(one(partition, done.get(partition), begins.get(partition), ends.get(partition)));
                }
            }
            lags.add(new GroupLag(group, List.copyOf(each)));
        }
        return lags;
    }

    private static Set<String> topics(
            ConsumerGroupDescription group, Map<TopicPartition, OffsetAndMetadata> committed) {
        Set<String> topics = new TreeSet<>();
        committed.keySet().forEach(partition -> topics.add(partition.topic()));
        group.members()
                .forEach(member ->
                        member.assignment().topicPartitions().forEach(partition -> topics.add(partition.topic())));
        return topics;
    }

    /** The partitions of those topics that are still there: to ask for others would take the whole timeout. */
    private static Map<String, List<TopicPartition>> existing(Cluster cluster, Set<String> topics) {
        Set<String> there = new HashSet<>(cluster.answer(cluster.admin()
                .listTopics(new ListTopicsOptions().listInternal(true))
                .names()));
        there.retainAll(topics);
        Map<String, List<TopicPartition>> partitions = new HashMap<>();
        cluster.admin().describeTopics(there).topicNameValues().forEach((topic, asked) -> {
            try {
                TopicDescription description = cluster.answer(asked);
                partitions.put(
                        topic,
                        description.partitions().stream()
                                .map(one -> new TopicPartition(topic, one.partition()))
                                .sorted(Comparator.comparingInt(TopicPartition::partition))
                                .toList());
            } catch (UnknownTopicOrPartitionException e) {
                // deleted since
            }
        });
        return partitions;
    }

    private static OfPartition one(
            TopicPartition partition, @Nullable OffsetAndMetadata committed, @Nullable Long begin, @Nullable Long end) {
        Long from = committed == null ? begin : Long.valueOf(committed.offset());
        Long lag = from == null || end == null ? null : Math.max(0, end - from);
        return new OfPartition(partition, committed == null ? null : committed.offset(), end, lag);
    }

    /** The sum; null if the lag of a partition is not known. */
    @Nullable
    Long sum() {
        long sum = 0;
        for (OfPartition one : partitions) {
            if (one.lag == null) {
                return null;
            }
            sum += one.lag;
        }
        return sum;
    }
}
