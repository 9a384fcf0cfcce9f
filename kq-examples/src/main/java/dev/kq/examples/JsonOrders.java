package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import java.util.concurrent.CountDownLatch;

/** JSON messages read into a record; a broken one goes to the dead letters and holds nothing up. */
public final class JsonOrders {
    private JsonOrders() {}

    /** What a message is: {@code {"item":"tea","pieces":2}}. */
    record Order(String item, int pieces) {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-orders", "kq-orders-dead")) {
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-orders")) {
                pusher.pushJson("order-1", new Order("tea", 2));
                pusher.push("order-2", "{\"item\":\"coffee\",\"pieces\":\"a few\"}");
                pusher.push("order-3", "{\"item\":\"sugar\",\"pieces\":1}");
            }

            CountDownLatch orders = new CountDownLatch(2);
            CountDownLatch deadLetters = new CountDownLatch(1);
            KqConf conf = kafka.conf("json-orders.yaml");
            try (KqQueue queue = KqQueue.builder(conf)
                            .json(Order.class, (key, order) -> {
                                System.out.println("handled: " + key + ", " + order);
                                orders.countDown();
                            })
                            .errorHandler((message, e, attempt) -> System.out.println("failed: " + message.key()))
                            .build();
                    KqQueue dead = KqQueue.builder(deadLettersOf(conf))
                            .messageHandler(message -> {
                                System.out.println("dead letter: " + message.key() + ", " + message.value());
                                System.out.println("  because: " + message.header("kq-exception-message"));
                                deadLetters.countDown();
                            })
                            .build()) {
                queue.start();
                dead.start();
                orders.await();
                deadLetters.await();
            }
            System.out.println("2 orders handled, 1 dead letter");
        }
    }

    /** A queue of dead letters is a queue like any other. */
    private static KqConf deadLettersOf(KqConf conf) {
        return conf.toBuilder()
                .name("dead-orders")
                .group("kq-orders-dead")
                .topic(conf.deadLetterTopic())
                .deadLetterTopic(null)
                .build();
    }
}
