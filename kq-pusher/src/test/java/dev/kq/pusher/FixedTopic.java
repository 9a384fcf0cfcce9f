package dev.kq.pusher;

import dev.kq.pusher.PusherSettings.NewTopicShape;
import java.time.Duration;

/** A topic that is always there. */
record FixedTopic(int partitions) implements TopicLookup {
    @Override
    public TopicFacts find(Duration timeout) {
        return TopicFacts.unlimited(partitions);
    }

    @Override
    public void create(NewTopicShape shape, Duration timeout) {
        throw new AssertionError("there already");
    }
}
