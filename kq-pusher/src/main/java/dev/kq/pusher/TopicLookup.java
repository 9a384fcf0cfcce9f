package dev.kq.pusher;

import dev.kq.pusher.PusherSettings.NewTopicShape;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the brokers know about the topic. Both methods block; a failure is Kafka's own exception. */
interface TopicLookup {
    /** Asks once, and waits a moment for leaders that do not serve yet; null if there is no such topic. */
    @Nullable
    TopicFacts find(Duration timeout);

    /** Creates the topic; does nothing if it exists meanwhile. */
    void create(NewTopicShape shape, Duration timeout);
}
