package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** A handler that fails: tried again with a growing wait, then a dead letter, replayed when the trouble is over. */
public final class RetryAndReplay {
    private RetryAndReplay() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        AtomicBoolean mailServerIsUp = new AtomicBoolean();
        CountDownLatch sent = new CountDownLatch(2);
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-invoices", "kq-invoices-dead")) {
            KqConf conf = kafka.conf("retry-and-replay.yaml");
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-invoices");
                    KqQueue queue = KqQueue.builder(conf)
                            .messageHandler(message -> {
                                if (!mailServerIsUp.get()) {
                                    throw new IOException("no mail server");
                                }
                                System.out.println("sent: " + message.key() + ", " + message.value());
                                sent.countDown();
                            })
                            .errorHandler((message, e, attempt) -> System.out.println(
                                    "attempt " + attempt + " failed: " + message.key() + ", " + e.getMessage()))
                            .build()) {
                pusher.push("invoice-1", "49.90 EUR");
                pusher.push("invoice-2", "12.00 EUR");
                queue.start();

                replay(conf, pusher, mailServerIsUp);
                sent.await();
            }
            System.out.println("2 invoices failed 3 times, were replayed and sent");
        }
    }

    /**
     * Waits for both dead letters, and pushes them again when the mail server is up. From a shell, {@code kq
     * dead-letters replay kq-invoices-dead} does the same, to the topic that each one came from.
     */
    private static void replay(KqConf conf, Pusher pusher, AtomicBoolean mailServerIsUp) throws InterruptedException {
        CountDownLatch arrived = new CountDownLatch(2);
        CountDownLatch repaired = new CountDownLatch(1);
        CountDownLatch replayed = new CountDownLatch(2);
        KqConf deadLetters = conf.toBuilder()
                .name("dead-invoices")
                .group("kq-invoices-replay")
                .topic(conf.deadLetterTopic())
                .deadLetterTopic(null)
                .forceCommit(false) // a dead letter that cannot be pushed again is not passed, but tried again
                .build();
        try (KqQueue queue = new KqQueue(deadLetters, (key, value) -> {
            System.out.println("dead letter: " + key);
            arrived.countDown();
            repaired.await();
            pusher.pushSync(key, value); // waits: a dead letter is done when Kafka has its message again
            replayed.countDown();
        })) {
            queue.start();
            arrived.await();
            System.out.println("the mail server is up again: replay");
            mailServerIsUp.set(true);
            repaired.countDown();
            replayed.await();
        }
    }
}
