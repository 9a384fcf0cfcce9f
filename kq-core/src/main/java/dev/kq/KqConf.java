package dev.kq;

import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import dev.kq.conf.Connection;
import dev.kq.conf.Section;
import dev.kq.conf.ServiceConf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything a queue needs to know, checked once: brokers, group, topic, and how to fetch, handle, retry and commit.
 * From a YAML or JSON file with {@link #load(Path)}, or from code with {@link #builder()}; both have the same defaults
 * and the same checks. Immutable and safe for any thread.
 *
 * <p>The keys of the file are those of kq ({@code KqConf} in go-queue) and some more; they are matched without regard
 * to case. {@code docs/configuration.md} lists them all. {@link #toString()} shows every setting and no secret.
 */
public final class KqConf {
    private final @Nullable String givenName;
    private final String name;
    private final Connection connection;
    private final String group;
    private final List<String> topics;
    private final @Nullable String topicPattern;
    private final StartOffset offset;
    private final int conns;
    private final int consumers;
    private final int processors;
    private final int minBytes;
    private final int maxBytes;
    private final Duration maxWait;
    private final boolean forceCommit;
    private final boolean commitInOrder;
    private final Ordering ordering;
    private final Duration commitInterval;
    private final int queueCapacity;
    private final long queueBytes;
    private final Duration drainTimeout;
    private final WorkerKind workers;
    private final double rateLimit;
    private final RetryConf retry;
    private final @Nullable String deadLetterTopic;
    private final List<String> nonRetryable;
    private final boolean deadLetterSpringHeaders;
    private final Duration handlerTimeout;
    private final Duration stallAfter;
    private final int batchSize;
    private final Duration batchWait;
    private final GroupProtocol groupProtocol;
    private final Map<String, String> properties;
    private final ServiceConf service;

    /** Takes over what {@link KqConfChecks} and the key table have found to be right. */
    KqConf(Builder b) {
        connection = b.connection.build();
        group = Objects.requireNonNull(b.group);
        topics = List.copyOf(b.topic != null ? List.of(b.topic) : b.topics);
        topicPattern = b.topicPattern;
        givenName = b.name;
        name = b.name != null ? b.name : topicPattern != null ? topicPattern : String.join(",", topics);
        offset = b.offset;
        conns = b.conns;
        consumers = b.consumers;
        processors = b.processors;
        minBytes = b.minBytes;
        maxBytes = b.maxBytes;
        maxWait = b.maxWait;
        forceCommit = b.forceCommit;
        commitInOrder = b.commitInOrder;
        ordering = b.ordering;
        commitInterval = b.commitInterval;
        queueCapacity = b.queueCapacity;
        queueBytes = b.queueBytes;
        drainTimeout = b.effectiveDrainTimeout();
        workers = b.workers;
        rateLimit = b.rateLimit;
        retry = new RetryConf(b.maxAttempts, b.backoff, b.maxBackoff, b.multiplier, b.jitter);
        deadLetterTopic = b.deadLetterTopic;
        nonRetryable = List.copyOf(b.nonRetryable);
        deadLetterSpringHeaders = b.deadLetterSpringHeaders;
        handlerTimeout = b.handlerTimeout;
        stallAfter = b.stallAfter;
        batchSize = b.batchSize;
        batchWait = b.batchWait;
        groupProtocol = b.groupProtocol;
        properties = Collections.unmodifiableMap(new LinkedHashMap<>(b.properties));
        ServiceConf.Draft ofService = ServiceConf.section().fresh();
        ofService.replaceBy(b.service);
        ofService.put("Name", name);
        service = ServiceConf.section().build(ofService);
    }

    /**
     * Reads a file whose top level is a kq configuration.
     *
     * @param file a YAML or JSON file, UTF-8, at most 3 MiB
     * @throws ConfException with every problem of the file at once, each with its line; also if it cannot be read
     */
    public static KqConf load(Path file) {
        return ConfLoader.load(file, KqConf.class);
    }

    /**
     * Reads one section of an application's file. The rest of the file is not looked at.
     *
     * @param file a YAML or JSON file, UTF-8, at most 3 MiB
     * @param section the section's key at the top level of the file, in any case, or a path such as
     *     {@code Kafka.Orders}
     * @throws ConfException with every problem of the section at once, each with its line; also if the file cannot be
     *     read or has no such section
     */
    public static KqConf load(Path file, String section) {
        return ConfLoader.load(file, section, KqConf.class);
    }

    /**
     * Reads a kq configuration from YAML or JSON text. Problems are reported against a file named {@code yaml}.
     *
     * @throws ConfException with every problem of the text at once, each with its line
     */
    public static KqConf parse(String yaml) {
        return ConfLoader.parse(yaml, KqConf.class);
    }

    /**
     * Starts a configuration in code. Brokers, a group and a topic are required, the rest has defaults.
     *
     * @return a new builder, not thread-safe
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The keys of a kq section: what {@link ConfLoader} reads, and what the documentation is checked against. */
    public static Section<Builder, KqConf> section() {
        return KqConfKeys.SECTION;
    }

    /** A builder that holds these settings, for a changed copy. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** The name in logs, metrics and thread names. Default: the topic, the topics or the pattern. kq requires it. */
    public String name() {
        return name;
    }

    /** Where the brokers are, {@code host:port} each, at least one. Kafka: {@code bootstrap.servers}. */
    public List<String> brokers() {
        return connection.brokers();
    }

    /** How to reach the brokers: addresses, user and TLS, for every Kafka client that the queue needs. */
    public Connection connection() {
        return connection;
    }

    /** The consumer group, not empty. Kafka: {@code group.id}. */
    public String group() {
        return group;
    }

    /** The topics, from {@code Topic} or {@code Topics}; empty if there is a {@link #topicPattern()} instead. */
    public List<String> topics() {
        return topics;
    }

    /** The regular expression ({@link java.util.regex.Pattern}) for the topics, or null if they are named. */
    public @Nullable String topicPattern() {
        return topicPattern;
    }

    /**
     * Where a group starts that has no committed offset. Default: {@link StartOffset#LAST}. In place of Kafka's
     * {@code auto.offset.reset}, which is {@code earliest} here.
     */
    public StartOffset offset() {
        return offset;
    }

    /** Together with {@link #consumers()}: {@code conns × consumers} fetchers. Default 1; 1 to 1024. */
    public int conns() {
        return conns;
    }

    /** Fetchers per conn, each a member of the group with its own Kafka consumer and thread. Default 8; 1 to 1024. */
    public int consumers() {
        return consumers;
    }

    /** Workers that run the handler, for the whole queue. Default 8; 1 to 100000. */
    public int processors() {
        return processors;
    }

    /** The bytes a broker waits for, at most {@link #maxWait()}. Default 10240. Kafka: {@code fetch.min.bytes}. */
    public int minBytes() {
        return minBytes;
    }

    /**
     * The bytes a fetch brings at most of one partition. Default 10485760. Kafka: {@code max.partition.fetch.bytes}.
     */
    public int maxBytes() {
        return maxBytes;
    }

    /** How long a broker waits for {@link #minBytes()}. Default 100 ms (kq: 1 s). Kafka: {@code fetch.max.wait.ms}. */
    public Duration maxWait() {
        return maxWait;
    }

    /**
     * What happens to a message whose attempts are used up when there is no dead-letter topic: true = it is logged,
     * counted and passed; false = it is tried for ever, and only messages of its key wait. Default true.
     */
    public boolean forceCommit() {
        return forceCommit;
    }

    /** Accepted for kq's sake and without effect: commits are always in order. Default false. */
    public boolean commitInOrder() {
        return commitInOrder;
    }

    /** Which messages are handled one after the other. Default: {@link Ordering#KEY}. */
    public Ordering ordering() {
        return ordering;
    }

    /** The time between two commits; zero = as soon as possible. Default 1 s. */
    public Duration commitInterval() {
        return commitInterval;
    }

    /**
     * How many records of one partition may wait or run in this process. A partition of which some are ready to be
     * handled is also not fetched while so many are ready in the whole queue: 8,000, eight times this, or four for each
     * of the configuration's processors, whichever is most; but not with batches or {@link GroupProtocol#CONSUMER}.
     * Default 1000.
     */
    public int queueCapacity() {
        return queueCapacity;
    }

    /** How many bytes of records may wait or run in this queue. Default 64 MiB. */
    public long queueBytes() {
        return queueBytes;
    }

    /** How long a stop waits for running handlers. Default: {@code Shutdown.WaitTime} if that is written, else 30 s. */
    public Duration drainTimeout() {
        return drainTimeout;
    }

    /** What the workers run on. Default: {@link WorkerKind#PLATFORM}. */
    public WorkerKind workers() {
        return workers;
    }

    /**
     * The most records that are handed to the handler per second, for the whole queue; 0 = as many as come. Default 0.
     */
    public double rateLimit() {
        return rateLimit;
    }

    /** How failed messages are tried again. Default: {@link RetryConf#DEFAULT}. */
    public RetryConf retry() {
        return retry;
    }

    /**
     * Names of exception classes that are not tried again, and those below them ({@code Retry.NonRetryable}). Default
     * none. {@link KqQueue.Builder#nonRetryable} adds to them.
     */
    public List<String> nonRetryable() {
        return nonRetryable;
    }

    /** Where messages go whose attempts are used up ({@code DeadLetter.Topic}), or null for nowhere. Default null. */
    public @Nullable String deadLetterTopic() {
        return deadLetterTopic;
    }

    /**
     * Whether dead letters also carry the {@code kafka_dlt-*} headers that Spring Kafka writes, for tools that read
     * them ({@code DeadLetter.SpringHeaders}). Default false.
     */
    public boolean deadLetterSpringHeaders() {
        return deadLetterSpringHeaders;
    }

    /**
     * How long a handler may take before its thread is interrupted and the message counts as failed; zero for as long
     * as it likes. Not with a batch handler. Default zero.
     */
    public Duration handlerTimeout() {
        return handlerTimeout;
    }

    /**
     * After which time without progress the health is degraded: of a handler with one message (whose stack trace is
     * then logged once), and of a partition with a lag. Zero for never. Default 30 s.
     */
    public Duration stallAfter() {
        return stallAfter;
    }

    /** How many messages a {@link BatchHandler} gets at most at a time. Default 100. */
    public int batchSize() {
        return batchSize;
    }

    /** How long the first message of a batch waits for the others. Default 50 ms. */
    public Duration batchWait() {
        return batchWait;
    }

    /** The group protocol. Default: {@link GroupProtocol#CLASSIC}. Kafka: {@code group.protocol}. */
    public GroupProtocol groupProtocol() {
        return groupProtocol;
    }

    /**
     * Raw Kafka consumer settings that have the last word, without the few that would break the queue. Default empty.
     */
    public Map<String, String> properties() {
        return properties;
    }

    /**
     * What the service has around this queue, go-zero's {@code ServiceConf}: its keys are on the same level of the
     * file.
     */
    public ServiceConf service() {
        return service;
    }

    /**
     * Every setting, defaults included, and what is written of {@link #service()}; secrets are shown as {@code ******}.
     */
    @Override
    public String toString() {
        return toBuilder().name(name).toString().replaceFirst("^KqConf\\.Builder", "KqConf");
    }

    /** Collects the settings of a {@link KqConf}. Every setter takes the place of an earlier call. Not thread-safe. */
    public static final class Builder {
        final Connection.Builder connection;

        @Nullable
        String name;

        @Nullable
        String group;

        @Nullable
        String topic;

        List<String> topics = List.of();

        @Nullable
        String topicPattern;

        StartOffset offset = StartOffset.LAST;
        int conns = 1;
        int consumers = 8;
        int processors = 8;
        int minBytes = 10 * 1024;
        int maxBytes = 10 * 1024 * 1024;
        Duration maxWait = Duration.ofMillis(100);
        boolean forceCommit = true;
        boolean commitInOrder;
        Ordering ordering = Ordering.KEY;
        Duration commitInterval = Duration.ofSeconds(1);
        int queueCapacity = 1000;
        long queueBytes = 64L * 1024 * 1024;

        @Nullable
        Duration drainTimeout;

        final ServiceConf.Draft service;

        WorkerKind workers = WorkerKind.PLATFORM;
        double rateLimit;
        int maxAttempts;
        Duration backoff;
        Duration maxBackoff;
        double multiplier;
        double jitter;

        @Nullable
        String deadLetterTopic;

        List<String> nonRetryable = List.of();
        boolean deadLetterSpringHeaders;
        Duration handlerTimeout = Duration.ZERO;
        Duration stallAfter = Duration.ofSeconds(30);
        int batchSize = 100;
        Duration batchWait = Duration.ofMillis(50);

        GroupProtocol groupProtocol = GroupProtocol.CLASSIC;
        final Map<String, String> properties = new LinkedHashMap<>();

        Builder() {
            connection = Connection.builder();
            service = ServiceConf.section().fresh();
            RetryConf retry = RetryConf.DEFAULT;
            maxAttempts = retry.maxAttempts();
            backoff = retry.backoff();
            maxBackoff = retry.maxBackoff();
            multiplier = retry.multiplier();
            jitter = retry.jitter();
        }

        private Builder(KqConf conf) {
            connection = conf.connection.toBuilder();
            service = conf.service.written();
            name = conf.givenName;
            group = conf.group;
            topic = conf.topics.size() == 1 ? conf.topics.get(0) : null;
            topics = topic == null ? conf.topics : List.of();
            topicPattern = conf.topicPattern;
            offset = conf.offset;
            conns = conf.conns;
            consumers = conf.consumers;
            processors = conf.processors;
            minBytes = conf.minBytes;
            maxBytes = conf.maxBytes;
            maxWait = conf.maxWait;
            forceCommit = conf.forceCommit;
            commitInOrder = conf.commitInOrder;
            ordering = conf.ordering;
            commitInterval = conf.commitInterval;
            queueCapacity = conf.queueCapacity;
            queueBytes = conf.queueBytes;
            drainTimeout = conf.drainTimeout;
            workers = conf.workers;
            rateLimit = conf.rateLimit;
            maxAttempts = conf.retry.maxAttempts();
            backoff = conf.retry.backoff();
            maxBackoff = conf.retry.maxBackoff();
            multiplier = conf.retry.multiplier();
            jitter = conf.retry.jitter();
            deadLetterTopic = conf.deadLetterTopic;
            nonRetryable = conf.nonRetryable;
            deadLetterSpringHeaders = conf.deadLetterSpringHeaders;
            handlerTimeout = conf.handlerTimeout;
            stallAfter = conf.stallAfter;
            batchSize = conf.batchSize;
            batchWait = conf.batchWait;
            groupProtocol = conf.groupProtocol;
            properties.putAll(conf.properties);
        }

        /** Sets {@link KqConf#name()}; null = the default. */
        public Builder name(@Nullable String value) {
            name = given(value);
            return this;
        }

        /** Sets {@link KqConf#brokers()}, {@code host:port} each; one text may hold several with commas between. */
        public Builder brokers(String... value) {
            return brokers(List.of(value));
        }

        /** Sets {@link KqConf#brokers()}, {@code host:port} each; one text may hold several with commas between. */
        public Builder brokers(List<String> value) {
            connection.brokers(value);
            return this;
        }

        /** Sets {@link KqConf#group()}. */
        public Builder group(@Nullable String value) {
            group = given(value);
            return this;
        }

        /** Sets one topic. There is either a topic, or topics, or a pattern; null takes it back. */
        public Builder topic(@Nullable String value) {
            topic = given(value);
            return this;
        }

        /** Sets several topics. There is either a topic, or topics, or a pattern; none takes them back. */
        public Builder topics(String... value) {
            return topics(List.of(value));
        }

        /** Sets several topics. There is either a topic, or topics, or a pattern; an empty list takes them back. */
        public Builder topics(List<String> value) {
            topics = List.copyOf(value);
            return this;
        }

        /** Sets {@link KqConf#topicPattern()}. There is either a topic, or topics, or a pattern; null takes it back. */
        public Builder topicPattern(@Nullable String value) {
            topicPattern = given(value);
            return this;
        }

        /** Sets {@link KqConf#offset()}. */
        public Builder offset(StartOffset value) {
            offset = Objects.requireNonNull(value, "offset");
            return this;
        }

        /** Sets {@link KqConf#conns()}. */
        public Builder conns(int value) {
            conns = value;
            return this;
        }

        /** Sets {@link KqConf#consumers()}. */
        public Builder consumers(int value) {
            consumers = value;
            return this;
        }

        /** Sets {@link KqConf#processors()}. */
        public Builder processors(int value) {
            processors = value;
            return this;
        }

        /** Sets {@link KqConf#minBytes()}, in bytes. */
        public Builder minBytes(int value) {
            minBytes = value;
            return this;
        }

        /** Sets {@link KqConf#maxBytes()}, in bytes. */
        public Builder maxBytes(int value) {
            maxBytes = value;
            return this;
        }

        /** Sets {@link KqConf#maxWait()}. */
        public Builder maxWait(Duration value) {
            maxWait = Objects.requireNonNull(value, "maxWait");
            return this;
        }

        /** Sets {@link KqConf#forceCommit()}. */
        public Builder forceCommit(boolean value) {
            forceCommit = value;
            return this;
        }

        /** Sets {@link KqConf#commitInOrder()}. */
        public Builder commitInOrder(boolean value) {
            commitInOrder = value;
            return this;
        }

        /** Sets {@link KqConf#ordering()}. */
        public Builder ordering(Ordering value) {
            ordering = Objects.requireNonNull(value, "ordering");
            return this;
        }

        /** Sets {@link KqConf#commitInterval()}. */
        public Builder commitInterval(Duration value) {
            commitInterval = Objects.requireNonNull(value, "commitInterval");
            return this;
        }

        /** Sets {@link KqConf#queueCapacity()}, in records per partition. */
        public Builder queueCapacity(int value) {
            queueCapacity = value;
            return this;
        }

        /** Sets {@link KqConf#queueBytes()}, in bytes. */
        public Builder queueBytes(long value) {
            queueBytes = value;
            return this;
        }

        /** Sets {@link KqConf#drainTimeout()}. */
        public Builder drainTimeout(Duration value) {
            drainTimeout = Objects.requireNonNull(value, "drainTimeout");
            return this;
        }

        /** Sets {@link KqConf#workers()}. */
        public Builder workers(WorkerKind value) {
            workers = Objects.requireNonNull(value, "workers");
            return this;
        }

        /** Sets {@link KqConf#rateLimit()}, in records per second. */
        public Builder rateLimit(double value) {
            rateLimit = value;
            return this;
        }

        /** Sets {@link KqConf#retry()}. */
        public Builder retry(RetryConf value) {
            maxAttempts = value.maxAttempts();
            backoff = value.backoff();
            maxBackoff = value.maxBackoff();
            multiplier = value.multiplier();
            jitter = value.jitter();
            return this;
        }

        /** Sets {@link KqConf#nonRetryable()}. */
        public Builder nonRetryable(List<String> value) {
            nonRetryable = List.copyOf(value);
            return this;
        }

        /** Sets {@link KqConf#deadLetterTopic()}; null = no dead letters. */
        public Builder deadLetterTopic(@Nullable String value) {
            deadLetterTopic = given(value);
            return this;
        }

        /** Sets {@link KqConf#deadLetterSpringHeaders()}. */
        public Builder deadLetterSpringHeaders(boolean value) {
            deadLetterSpringHeaders = value;
            return this;
        }

        /** Sets {@link KqConf#handlerTimeout()}. */
        public Builder handlerTimeout(Duration value) {
            handlerTimeout = Objects.requireNonNull(value, "handlerTimeout");
            return this;
        }

        /** Sets {@link KqConf#stallAfter()}. */
        public Builder stallAfter(Duration value) {
            stallAfter = Objects.requireNonNull(value, "stallAfter");
            return this;
        }

        /** Sets {@link KqConf#batchSize()}. */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /** Sets {@link KqConf#batchWait()}. */
        public Builder batchWait(Duration value) {
            batchWait = Objects.requireNonNull(value, "batchWait");
            return this;
        }

        /** Sets {@link KqConf#groupProtocol()}. */
        public Builder groupProtocol(GroupProtocol value) {
            groupProtocol = Objects.requireNonNull(value, "groupProtocol");
            return this;
        }

        /** Sets the user, see {@link Connection.Builder#username(String)}. */
        public Builder username(@Nullable String value) {
            connection.username(value);
            return this;
        }

        /** Sets the password, see {@link Connection.Builder#password(String)}. */
        public Builder password(@Nullable String value) {
            connection.password(value);
            return this;
        }

        /** Sets how the password is proven, see {@link Connection.Builder#saslMechanism(String)}. */
        public Builder saslMechanism(String value) {
            connection.saslMechanism(value);
            return this;
        }

        /** Sets whom to trust, and TLS with it, see {@link Connection.Builder#caFile(String)}. */
        public Builder caFile(@Nullable String value) {
            connection.caFile(value);
            return this;
        }

        /** Sets the client certificate, see {@link Connection.Builder#certFile(String)}. */
        public Builder certFile(@Nullable String value) {
            connection.certFile(value);
            return this;
        }

        /** Sets the client certificate's private key, see {@link Connection.Builder#keyFile(String)}. */
        public Builder keyFile(@Nullable String value) {
            connection.keyFile(value);
            return this;
        }

        /** Turns the check of host names off, see {@link Connection.Builder#insecureSkipVerify(boolean)}. */
        public Builder insecureSkipVerify(boolean value) {
            connection.insecureSkipVerify(value);
            return this;
        }

        /** Sets {@link KqConf#service()}; its name is the queue's. */
        public Builder service(ServiceConf value) {
            service.replaceBy(value.written());
            return this;
        }

        /** Sets one raw Kafka consumer setting, see {@link KqConf#properties()}. */
        public Builder property(String key, String value) {
            properties.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /** Sets all raw Kafka consumer settings, see {@link KqConf#properties()}. */
        public Builder properties(Map<String, String> value) {
            Map<String, String> copy = Map.copyOf(value);
            properties.clear();
            for (String key : new ArrayList<>(value.keySet())) {
                properties.put(key, Objects.requireNonNull(copy.get(key)));
            }
            return this;
        }

        /**
         * Checks all settings together and makes the configuration.
         *
         * @throws ConfException with every problem at once
         */
        public KqConf build() {
            return KqConfKeys.SECTION.build(this);
        }

        /** Every setting so far, defaults included; secrets are shown as {@code ******}. */
        @Override
        public String toString() {
            return "KqConf.Builder" + KqConfKeys.SECTION.describe(this);
        }

        private static @Nullable String given(@Nullable String value) {
            return value == null || value.isEmpty() ? null : value;
        }

        Duration effectiveDrainTimeout() {
            if (drainTimeout != null) {
                return drainTimeout;
            }
            @Nullable Duration waitTime = service.written("Shutdown.WaitTime");
            return waitTime != null && waitTime.compareTo(Duration.ZERO) > 0 ? waitTime : Duration.ofSeconds(30);
        }
    }
}
