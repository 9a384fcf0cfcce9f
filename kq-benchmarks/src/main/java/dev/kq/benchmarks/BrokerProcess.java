package dev.kq.benchmarks;

import dev.kq.pusher.Pusher;
import dev.kq.pusher.PusherBuilder;
import dev.kq.testkit.EmbeddedKafka;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

    BrokerProcess() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx1g");
        command.add("--enable-native-access=ALL-UNNAMED");
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BrokerProcess.class.getName()));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader();
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the broker did not start");
        }
        address = line;
    }

    /** A pusher for the topic of the benchmark, with all defaults. */
    PusherBuilder pusher() {
        return Pusher.builder(List.of(address), TOPIC);
    }

    @Override
    public void close() {
        try {
            process.outputWriter().close();
            process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The broker's own JVM. */
    public static void main(String[] args) throws IOException {
        EmbeddedKafka kafka = EmbeddedKafka.builder()
                .brokerProperty("log.segment.bytes", "16777216")
                .brokerProperty("log.retention.bytes", "33554432")
                .brokerProperty("log.retention.check.interval.ms", "2000")
                .brokerProperty("log.segment.delete.delay.ms", "0")
                .start();
        try (kafka) {
            kafka.createTopic(TOPIC, PARTITIONS);
            System.out.println(kafka.bootstrapServers());
            while (System.in.read() >= 0) {
                // until this end of the pipe is all that is left
            }
        }
    }
}
