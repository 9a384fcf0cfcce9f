package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.PushException;
import dev.kq.pusher.Pusher;
import dev.kq.testkit.EmbeddedKafka;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** TLS, a user and a password (SASL_SSL): the same few keys for the queue and the pusher. */
public final class SecureCluster {
    private SecureCluster() {}

    /**
     * Runs it, always on a Kafka of its own: it is about users that this one has.
     *
     * @param args none
     */
    public static void main(String[] args) throws Exception {
        try (EmbeddedKafka kafka =
                EmbeddedKafka.builder().tls().saslScram("app", "app-password").start()) {
            kafka.createTopic("kq-secrets", 4);
            // A service has both in its file; here they are new in each run.
            KqConf conf = KqConf.parse(Files.readString(ExampleFiles.find("etc/secure-cluster.yaml"))
                    .replace("127.0.0.1:9092", kafka.bootstrapServers())
                    .replace("ca.pem", kafka.caFile().map(Path::toString).orElseThrow()));
            System.out.println("Kafka: " + kafka.bootstrapServers() + ", SASL_SSL, in this process");

            try (Pusher pusher = new Pusher(conf.connection(), "kq-secrets")) {
                pusher.push("account-1", "a secret");
                pusher.push("account-2", "another one");
            }
            CountDownLatch handled = new CountDownLatch(2);
            try (KqQueue queue = new KqQueue(conf, (key, value) -> {
                System.out.println("=> " + key + ", " + value);
                handled.countDown();
            })) {
                queue.start();
                handled.await();
            }

            KqConf mistaken = conf.toBuilder().password("no-idea").build();
            try (Pusher pusher = new Pusher(mistaken.connection(), "kq-secrets")) {
                pusher.pushSync("account-3", "a secret");
            } catch (PushException e) {
                System.out.println("with another password: " + e.getMessage());
            }
            System.out.println("2 messages pushed and handled");
        }
    }
}
