package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import java.util.concurrent.CountDownLatch;

/** The smallest program: pushes three messages, handles them, ends. */
public final class HelloQueue {
    private HelloQueue() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-hello")) {
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-hello")) {
                pusher.push("Hello, queue!"); // returns at once, with a future
                pusher.push("How are you?");
                pusher.push("Good bye.");
            } // close() sends what waits and returns when Kafka has it

            CountDownLatch handled = new CountDownLatch(3);
            KqConf conf = kafka.conf("hello-queue.yaml");
            try (KqQueue queue = new KqQueue(conf, (key, value) -> {
                System.out.println("=> " + value);
                handled.countDown();
            })) {
                queue.start();
                handled.await(); // a service would call queue.join() and run on
            } // close() commits what is done and leaves the group

            System.out.println("3 messages pushed and handled");
        }
    }
}
