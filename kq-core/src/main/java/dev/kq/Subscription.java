package dev.kq;

import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.jspecify.annotations.Nullable;

/** Which topics a queue reads: a list, or a pattern that the client or the broker matches. Immutable. */
record Subscription(List<String> topics, @Nullable String pattern, GroupProtocol protocol) {
    static Subscription of(KqConf conf) {
        return new Subscription(conf.topics(), conf.topicPattern(), conf.groupProtocol());
    }

    void subscribe(Consumer<?, ?> consumer, ConsumerRebalanceListener listener) {
        if (pattern == null) {
            consumer.subscribe(topics, listener);
        } else if (protocol == GroupProtocol.CONSUMER) {
            consumer.subscribe(new SubscriptionPattern(pattern), listener); // the broker's syntax: RE2J
        } else {
            consumer.subscribe(Pattern.compile(pattern), listener);
        }
    }
}
