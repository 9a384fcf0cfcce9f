package dev.kq;

import dev.kq.pusher.Pusher;
import dev.kq.pusher.PusherBuilder;
import dev.kq.testkit.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What tracing costs, for {@code docs/tracing.md}: a program to run by hand, no test. */
final class TracingCost {
    private static final int CALLS = 1_000_000;
    private static final int PUSHES = 500_000;
    private static final int HELD = 100_000;

    private TracingCost() {}

    public static void main(String[] args) throws Exception {
        try (OtelTracing tracing = OtelTracing.dropping();
                EmbeddedKafka kafka = EmbeddedKafka.start()) {
            for (int round = 0; round < 5; round++) {
                System.out.printf(
                        "ns per handler call: plain %.1f, MDC %.0f, observed %.0f, observed and MDC %.0f%n",
                        call(builder()),
                        call(builder().mdc(true)),
                        call(builder().observationRegistry(tracing.registry).mdc(false)),
                        call(builder().observationRegistry(tracing.registry)));
            }
            kafka.createTopic("cost", 4);
            List<String> brokers = List.of(kafka.bootstrapServers().split(","));
            for (int round = 0; round < 5; round++) {
                System.out.printf(
                        "pushes/s: plain %.0f, observed %.0f%n",
                        push(pusher(brokers)), push(pusher(brokers).observationRegistry(tracing.registry)));
            }
            System.out.printf(
                    "bytes for each push on its way: plain %.0f, observed %.0f%n",
                    held(pusher(brokers)), held(pusher(brokers).observationRegistry(tracing.registry)));
        }
    }

    private static PusherBuilder pusher(List<String> brokers) {
        return Pusher.builder(brokers, "cost");
    }

    /** Bytes of heap for each push that is on its way. */
    private static double held(PusherBuilder builder) {
        byte[] value = new byte[100];
        try (Pusher pusher = builder.chunkSize(30 << 20)
                .compression("none")
                .flushInterval(Duration.ofMinutes(1))
                .property("max.request.size", 31 << 20)
                .closeTimeout(Duration.ZERO)
                .build()) {
            pusher.push(value); // makes the chunk
            long before = used();
            for (int i = 0; i < HELD; i++) {
                pusher.push(value);
            }
            return (used() - before) / (double) HELD;
        }
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static KqQueue.Builder builder() {
        return KqQueue.builder(
                KqConf.builder().brokers("127.0.0.1:9092").group("g").topic("t").build());
    }

    private static double call(KqQueue.Builder builder) throws Exception {
        LongAdder handled = new LongAdder();
        RecordHandler handler = builder.traced((RecordHandler) (record, attempt) -> handled.increment());
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("t", 0, 1, new byte[8], new byte[100]);
        String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        record.headers().add("traceparent", traceparent.getBytes(StandardCharsets.US_ASCII));
        long begun = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            handler.handle(record, 1);
        }
        return (System.nanoTime() - begun) / (double) handled.sum();
    }

    private static double push(PusherBuilder builder) {
        byte[] value = new byte[100];
        long begun = System.nanoTime();
        try (Pusher pusher = builder.bufferBytes(4 << 20).build()) {
            for (int i = 0; i < PUSHES; i++) {
                pusher.push(value);
            }
            pusher.flush();
        }
        return PUSHES * 1e9 / (System.nanoTime() - begun);
    }
}
