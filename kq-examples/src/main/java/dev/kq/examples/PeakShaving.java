package dev.kq.examples;

import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A burst that is pushed at once and handled at a fixed rate, so that what is called never sees a peak. */
public final class PeakShaving {
    private static final int MESSAGES = 1000;

    private PeakShaving() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-clicks")) {
            long begin = System.nanoTime();
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-clicks")) {
                for (int i = 0; i < MESSAGES; i++) {
                    pusher.push("user-" + i % 50, "click");
                }
            }
            System.out.println(MESSAGES + " messages pushed within "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms");

            CountDownLatch handled = new CountDownLatch(MESSAGES);
            try (KqQueue queue = new KqQueue(kafka.conf("peak-shaving.yaml"), (key, value) -> handled.countDown())) {
                queue.start();
                for (int look = 1; !handled.await(1, TimeUnit.SECONDS); look++) {
                    if (look == 3) {
                        System.out.println("from now on at most 500 a second");
                        queue.setRateLimit(500); // while it runs
                    }
                    OptionalLong lag = queue.lag();
                    System.out.println("lag " + (lag.isPresent() ? lag.getAsLong() : "not known yet") + ", handled "
                            + queue.handled());
                }
            }
            System.out.println(MESSAGES + " messages handled");
        }
    }
}
