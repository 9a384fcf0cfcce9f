package dev.kq.examples;

import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import java.util.concurrent.CountDownLatch;

/** Pushes that are seen all together or not at all: the queue never gets what was rolled back. */
public final class Transactions {
    private Transactions() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-transfers")) {
            try (Pusher pusher = Pusher.builder(kafka.brokers(), "kq-transfers")
                    .transactionalId("kq-transfers-1") // each pusher that runs at the same time needs its own
                    .build()) {
                transfer(pusher, "alice", "bob", 30);
                try {
                    transfer(pusher, "alice", "bob", 1000);
                } catch (IllegalStateException e) {
                    System.out.println("rolled back: " + e.getMessage());
                }
                transfer(pusher, "bob", "alice", 10);
            }

            CountDownLatch handled = new CountDownLatch(4);
            try (KqQueue queue = new KqQueue(kafka.conf("transactions.yaml"), (account, amount) -> {
                System.out.println("booked: " + account + " " + amount);
                handled.countDown();
            })) {
                queue.start();
                handled.await();
                while (queue.lag().orElse(1) > 0) { // what was rolled back is passed without a call of the handler
                    Thread.onSpinWait();
                }
                System.out.println(queue.handled() + " of 5 messages handled, lag 0");
            }
        }
    }

    /** When this returns, both messages are visible; when it throws, none is. */
    private static void transfer(Pusher pusher, String from, String to, int amount) {
        pusher.inTransaction(transaction -> {
            transaction.push(from, "-" + amount);
            if (amount > 100) {
                throw new IllegalStateException(from + " has no " + amount);
            }
            transaction.push(to, "+" + amount);
        });
        System.out.println("committed: " + amount + " from " + from + " to " + to);
    }
}
