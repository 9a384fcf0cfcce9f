package dev.kq.pusher;

import dev.kq.pusher.PusherSettings.NewTopicShape;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the brokers through an admin client that lives for one question: a pusher asks once or twice in its life, and a
 * client that stays would keep a thread and connections.
 */
final class AdminTopicLookup implements TopicLookup {
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);
    private static final int LEADERS_MILLIS = 1000;

    private final String topic;
    private final Map<String, Object> producerProperties;

    AdminTopicLookup(String topic, Map<String, Object> producerProperties) {
        this.topic = topic;
        this.producerProperties = producerProperties;
    }

    @Override
    public @Nullable TopicFacts find(Duration timeout) {
        try (Admin admin = admin(timeout)) {
            // Both questions are on their way before the first answer.
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            @Nullable
            KafkaFuture<Config> config =
                    admin.describeConfigs(List.of(resource)).values().get(resource);
            KafkaFuture<TopicDescription> description =
                    admin.describeTopics(List.of(topic)).topicNameValues().get(topic);
            List<TopicPartitionInfo> partitions = get(description).partitions();
            awaitLeaders(admin, partitions);
            return facts(partitions.size(), config);
        } catch (UnknownTopicOrPartitionException e) {
            return null;
        }
    }

    /**
     * Waits a moment until every leader serves its partition; in a topic that was just created, one may be named before
     * it does. A leader that refuses the first chunk of a producer and takes the second never takes the first again: it
     * is out of order then, and is sent in vain until the delivery timeout (KAFKA-15591; brokers check it only lately).
     * A leader that does not answer is no reason not to push.
     */
    private void awaitLeaders(Admin admin, List<TopicPartitionInfo> partitions) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (TopicPartitionInfo partition : partitions) {
            if (partition.leader() != null) {
                ends.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest());
            }
        }
        try {
            get(admin.listOffsets(ends, new ListOffsetsOptions().timeoutMs(LEADERS_MILLIS))
                    .all());
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            log.debug("Not every leader of topic {} answered", topic, e);
        }
    }

    @Override
    public void create(NewTopicShape shape, Duration timeout) {
        try (Admin admin = admin(timeout)) {
            get(admin.createTopics(List.of(new NewTopic(topic, shape.partitions(), shape.replication())))
                    .all());
        } catch (TopicExistsException e) {
            // Another instance was quicker; its topic is as good.
        } catch (AuthorizationException e) {
            throw new ClusterAuthorizationException("the topic does not exist, and must not be created", e);
        }
    }

    private Admin admin(Duration timeout) {
        Map<String, Object> properties = new HashMap<>(producerProperties);
        properties.keySet().removeIf(AdminTopicLookup::isOfProducersOnly);
        int millis = (int) Math.max(1, timeout.toMillis());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
        properties.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return Admin.create(properties);
    }

    /** Other keys stay: those of the connection that Kafka does not know too. */
    private static boolean isOfProducersOnly(String key) {
        return ProducerConfig.configNames().contains(key)
                && !AdminClientConfig.configNames().contains(key);
    }

    /**
     * A client that may write but not read the topic's configuration still pushes; the broker then does the refusing.
     */
    private static TopicFacts facts(int partitions, @Nullable KafkaFuture<Config> answer) {
        Config config;
        try {
            config = get(answer);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            return TopicFacts.unlimited(partitions);
        }
        boolean ownTime = !"LogAppendTime".equals(value(config, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
        return new TopicFacts(
                partitions,
                (int) Math.min(Integer.MAX_VALUE, number(config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG)),
                String.valueOf(value(config, TopicConfig.CLEANUP_POLICY_CONFIG)).contains("compact"),
                ownTime ? number(config, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG) : Long.MAX_VALUE,
                ownTime ? number(config, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG) : Long.MAX_VALUE);
    }

    private static @Nullable String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null ? null : entry.value();
    }

    private static long number(Config config, String name) {
        String value = value(config, name);
        return value == null ? Long.MAX_VALUE : Long.parseLong(value);
    }

    private static <T> T get(@Nullable KafkaFuture<T> answer) {
        if (answer == null) {
            throw new KafkaException("BUG: the admin client forgot the question");
        }
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException reason ? reason : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
