package dev.kq.examples.payments;

import dev.kq.KqConf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Asks the brokers about the topic of a run: is it there, where does it end, what has the group committed. */
final class TopicAdmin implements AutoCloseable {
    private static final int PARTITIONS = 8;
    private static final int ANSWER_SECONDS = 8;

    private final Admin admin;
    private final String brokers;
    private final String topic;
    private final String group;

    TopicAdmin(KqConf conf, String topic) {
        brokers = String.join(",", conf.brokers());
        this.topic = topic;
        this.group = conf.group();
        Map<String, Object> properties = conf.connection().clientProperties();
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, "payments-admin");
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 1_000 * ANSWER_SECONDS / 2);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 1_000 * ANSWER_SECONDS);
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            throw RunFailure.cannotStart("no broker at " + brokers + ": " + reason(e));
        }
    }

    /**
     * Creates the topic if it is missing.
     *
     * @return whether it was
     */
    boolean createIfMissing() throws InterruptedException {
        try {
            partitions();
            return false;
        } catch (UnknownTopicOrPartitionException e) {
            // here we go
        }
        try {
            answer(admin.createTopics(List.of(new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty())))
                    .all());
        } catch (TopicExistsException e) {
            return false; // somebody was faster
        }
        return true;
    }

    /** The offset behind the last message of each partition. */
    Map<TopicPartition, Long> ends() throws InterruptedException {
        return offsets(OffsetSpec.latest());
    }

    /** How many messages before these ends the group has not committed. */
    long lag(Map<TopicPartition, Long> ends) throws InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed =
                answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        Map<TopicPartition, Long> begins = offsets(OffsetSpec.earliest());
        long lag = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            OffsetAndMetadata offset = committed.get(end.getKey());
            long done = offset == null ? begins.getOrDefault(end.getKey(), 0L) : offset.offset();
            lag += Math.max(0, end.getValue() - done);
        }
        return lag;
    }

    private Map<TopicPartition, Long> offsets(OffsetSpec which) throws InterruptedException {
        Map<TopicPartition, OffsetSpec> asked =
                partitions().stream().collect(Collectors.toMap(partition -> partition, partition -> which));
        Map<TopicPartition, Long> found = new HashMap<>();
        answer(admin.listOffsets(asked).all()).forEach((partition, offset) -> found.put(partition, offset.offset()));
        return found;
    }

    private List<TopicPartition> partitions() throws InterruptedException {
        Map<String, TopicDescription> found =
                answer(admin.describeTopics(List.of(topic)).allTopicNames());
        return found.values().stream()
                .flatMap(description -> description.partitions().stream())
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    /** Waits for an answer; what the caller can deal with is thrown as it is. */
    private <T> T answer(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get(2 * ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw noAnswer();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof UnknownTopicOrPartitionException missing) {
                throw missing;
            }
            if (cause instanceof TopicExistsException exists) {
                throw exists;
            }
            if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
                throw noAnswer();
            }
            throw RunFailure.cannotStart("topic " + topic + " at " + brokers + ": " + reason(cause));
        }
    }

    private RunFailure noAnswer() {
        return RunFailure.cannotStart("no broker answers at " + brokers + " (tried for " + ANSWER_SECONDS + " s)");
    }

    /** What Kafka says: a failed future or a failed start wraps it. */
    private static String reason(@Nullable Throwable failure) {
        if (failure == null) {
            return "no reason given";
        }
        Throwable inner = failure instanceof ApiException ? null : failure.getCause();
        return String.valueOf((inner == null ? failure : inner).getMessage());
    }

    @Override
    public void close() {
        admin.close();
    }
}
