package dev.kq.pusher;

import dev.kq.conf.Connection;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Counts the end of every record and logs the failures that no caller is thrown. Called by the producer's network
 * thread and by pushing threads.
 */
final class DeliveryOutcomes implements Delivery.Outcomes {
    private final String topic;
    private final Connection connection;
    private final DeliveryCounts counts;
    private final BooleanSupplier closing;
    private final TopicCheck check;
    private final @Nullable FailureLog log;

    /** @param log where failures go; null if the caller of the push is thrown the failure */
    DeliveryOutcomes(
            String topic,
            Connection connection,
            DeliveryCounts counts,
            BooleanSupplier closing,
            TopicCheck check,
            @Nullable FailureLog log) {
        this.topic = topic;
        this.connection = connection;
        this.counts = counts;
        this.closing = closing;
        this.check = check;
        this.log = log;
    }

    @Override
    public void delivered(RecordMetadata metadata) {
        counts.deliver();
    }

    @Override
    public PushException failed(Exception cause) {
        PushException failure = PushException.of(topic, connection, cause);
        if (tellsOfAChangedTopic(cause)) {
            check.forget();
        }
        if (closing.getAsBoolean() && endedByClose(cause)) {
            counts.abort();
        } else {
            counts.fail();
        }
        if (log != null) {
            log.failed(failure);
        }
        return failure;
    }

    /**
     * The producer gives up records at a forced close with a plain KafkaException, never with one of its subclasses.
     */
    private static boolean endedByClose(Exception cause) {
        return cause.getClass() == KafkaException.class
                || cause instanceof IllegalStateException
                || cause instanceof ClosedPusherException;
    }

    /** The topic was deleted, or refused a record that it took when it was asked about. */
    private static boolean tellsOfAChangedTopic(Exception cause) {
        String message = cause.getMessage();
        return cause instanceof UnknownTopicOrPartitionException
                || cause instanceof InvalidRecordException
                || (cause instanceof TimeoutException
                        && message != null
                        && message.contains("not present in metadata"));
    }
}
