package dev.kq.benchmarks;

import dev.kq.pusher.Pusher;
import dev.kq.pusher.PusherBuilder;
import dev.kq.testkit.EmbeddedKafka;
import java.io.IOException;
import java.util.List;

/**
 * A broker of one node in a JVM of its own, so that what this JVM uses is the client's alone. It ends when this JVM
 * does so in any way: then its standard input ends.
 */
final class BrokerProcess implements AutoCloseable {
    static final String TOPIC = "benchmark";
    private static final int PARTITIONS = 8;

    private final Process process;
    private final String address;

    private BrokerProcess(Process process) throws IOException {
        this.process = process;
        String line = process.inputReader().readLine();
        if (line == null) {
            throw new IOException("the broker did not start");
        }
        address = line;
    }

    /** A broker that soon forgets, with the topic {@link #TOPIC}: for producers. */
    static BrokerProcess forProducers() throws IOException {
        return new BrokerProcess(ChildJvm.start(BrokerProcess.class, "-Dforgets=true"));
    }

    /** A broker that keeps everything and lets all members of a group come before it begins: for consumers. */
    static BrokerProcess forConsumers() throws IOException {
        return new BrokerProcess(ChildJvm.start(BrokerProcess.class));
    }

    String address() {
        return address;
    }

    /** A pusher for the topic of the benchmark, with all defaults. */
    PusherBuilder pusher() {
        return Pusher.builder(List.of(address), TOPIC);
    }

    @Override
    public void close() {
        ChildJvm.end(process);
    }

    /** The broker's own JVM. */
    public static void main(String[] args) throws IOException {
        EmbeddedKafka.Builder builder = EmbeddedKafka.builder();
        if (Boolean.getBoolean("forgets")) {
            builder.brokerProperty("log.segment.bytes", "16777216")
                    .brokerProperty("log.retention.bytes", "33554432")
                    .brokerProperty("log.retention.check.interval.ms", "2000")
                    .brokerProperty("log.segment.delete.delay.ms", "0");
        } else {
            builder.brokerProperty("group.initial.rebalance.delay.ms", "500");
        }
        try (EmbeddedKafka kafka = builder.start()) {
            kafka.createTopic(TOPIC, PARTITIONS);
            System.out.println(kafka.bootstrapServers());
            while (System.in.read() >= 0) {
                // until this end of the pipe is all that is left
            }
        }
    }
}
