package dev.kq.pusher;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes Kafka's own producer with the settings of a pusher. In the pusher's package, since they are not public. */
public final class BareProducer {
    private BareProducer() {}

    /** A producer with exactly the properties that the builder's pusher would give to its own. */
    public static KafkaProducer<String, String> like(PusherBuilder builder, String clientId) {
        Map<String, Object> properties = ProducerProperties.of(builder.settings(), clientId);
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }
}
