package dev.kq;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What a queue did and left when it stopped.
 *
 * @param handled records handled since the start
 * @param givenBack records that were fetched and dropped before a handler began, at the stop and at earlier rebalances;
 *     they are delivered again
 * @param stillRunning records whose handler had not returned when the time for draining was over; they are delivered
 *     again
 * @param committed the offset that is committed for each partition owned at the end, as far as this queue committed any
 * @param elapsed how long the stop took
 */
public record StopReport(
        long handled, long givenBack, int stillRunning, Map<TopicPartition, Long> committed, Duration elapsed) {
    /** The map is copied. */
    public StopReport {
        committed = Map.copyOf(committed);
    }
}
