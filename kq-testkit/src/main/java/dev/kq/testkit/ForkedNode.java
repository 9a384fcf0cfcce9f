package dev.kq.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

/**
 * The program of one node of a {@link ForkedKafka}: says when it serves, stops at SIGTERM, and ends at once when the
 * process that started it is gone, which it sees by the end of its input. Arguments: the cluster's id, and a file with
 * the node's properties.
 */
final class ForkedNode {
    static final String READY = "ready";

    private ForkedNode() {}

    public static void main(String[] args) throws Exception {
        Thread parent = new Thread(ForkedNode::endWithParent, "parent");
        parent.setDaemon(true);
        parent.start();
        Properties settings = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(args[1]))) {
            settings.load(in);
        }
        Map<String, Object> properties = new HashMap<>();
        settings.stringPropertyNames().forEach(key -> properties.put(key, settings.getProperty(key)));
        int id = Integer.parseInt(settings.getProperty("node.id"));
        KafkaNode.format(id, Path.of(settings.getProperty("log.dirs")), args[0], List.of());
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        KafkaNode node = new KafkaNode(
                id, properties, voters(settings.getProperty("controller.quorum.voters")), new LoopbackPorts(), failure);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "node-stop"));
        node.start().get();
        System.out.println(READY);
        failure.join().printStackTrace();
        Runtime.getRuntime().halt(1);
    }

    private static Map<Integer, InetSocketAddress> voters(String setting) {
        Map<Integer, InetSocketAddress> voters = new HashMap<>();
        for (String voter : setting.split(",", -1)) {
            int port = Integer.parseInt(voter.substring(voter.lastIndexOf(':') + 1));
            voters.put(Integer.parseInt(voter.substring(0, voter.indexOf('@'))), LoopbackPorts.address(port));
        }
        return voters;
    }

    private static void stop(KafkaNode node) {
        try {
            node.stopBroker().get();
            node.stopController().get();
        } catch (Exception e) {
            System.err.println("The node did not stop as it should: " + e);
        }
        Runtime.getRuntime().halt(0); // nothing else is worth waiting for
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // nothing is ever sent
            }
        } catch (IOException e) {
            // gone as well
        }
        Runtime.getRuntime().halt(1);
    }
}
