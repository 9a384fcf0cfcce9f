package dev.kq.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.TypeConversionException;

/** Where in a topic a message is, written as {@code partition@offset}. Immutable. */
record MessagePosition(int partition, long offset) {
    private static final Pattern WRITTEN = Pattern.compile("(\\d{1,9})@(\\d{1,18})");

    static MessagePosition parse(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is no place of a message (allowed: PARTITION@OFFSET, such as 0@42)");
        }
        return new MessagePosition(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    static MessagePosition of(ConsumerRecord<?, ?> record) {
        return new MessagePosition(record.partition(), record.offset());
    }

    @Override
    public String toString() {
        return partition + "@" + offset;
    }
}
