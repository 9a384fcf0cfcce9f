package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.ServiceGroup.Report;
import dev.kq.errors.KqException;
import dev.kq.pusher.PushException;
import dev.kq.pusher.PushResult;
import dev.kq.pusher.Pusher;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue and a pusher in one group. */
@Timeout(120)
class ServiceGroupOnKafkaTest extends BrokerTest {
    private static final int PROCESSORS = 8;

    private final CountDownLatch release = new CountDownLatch(1);
    private ServiceGroup services = new ServiceGroup(Duration.ofSeconds(60));

    @AfterEach
    void stop() {
        release.countDown();
        services.close();
    }

    private Pusher pusher(String to, Duration flushInterval) {
        return Pusher.builder(List.of(kafka.bootstrapServers().split(",")), to)
                .flushInterval(flushInterval)
                .build();
    }

    @Test
    void handlersThatRunAtTheStop_canPush_andNothingIsLost() throws Exception {
        String out = topic + "-out";
        kafka.createTopic(topic, 4);
        kafka.createTopic(out, 4);
        Kafka.push(kafka, topic, 1000, 100);
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch standing = new CountDownLatch(PROCESSORS);
        Map<TopicPartition, Set<Long>> handled = new ConcurrentHashMap<>();
        List<CompletableFuture<PushResult>> pushed = new CopyOnWriteArrayList<>();
        Pusher pusher = pusher(out, Duration.ofMillis(50));
        KqConf conf = conf().processors(PROCESSORS).build();
        KqQueue queue = KqQueue.builder(conf)
                .messageHandler(message -> {
                    if (begun.incrementAndGet() > 100) { // at the stop, all processors stand here
                        standing.countDown();
                        release.await();
                    }
                    pushed.add(pusher.push(message.key(), message.value()));
                    handled.computeIfAbsent(
                                    new TopicPartition(topic, message.partition()), tp -> ConcurrentHashMap.newKeySet())
                            .add(message.offset());
                })
                .build();
        services.add(pusher);
        services.add(queue);
        services.start();
        standing.await();

        FutureTask<Report> stop = new FutureTask<>(services::stop);
        new Thread(stop).start();
        await().until(() -> queue.held() == PROCESSORS); // the others were given back
        assertThat(pusher.push("k", "still open")).succeedsWithin(Duration.ofSeconds(30));
        release.countDown();

        Report report = stop.get();
        assertThat(report.left()).isEmpty();
        assertThat(pushed)
                .hasSizeBetween(100 + PROCESSORS, 999)
                .allSatisfy(push -> assertThat(push).isCompleted());
        long acknowledged =
                Kafka.ends(kafka, out).values().stream().mapToLong(end -> end).sum();
        assertThat(acknowledged).isEqualTo(pushed.size() + 1);
        Map<TopicPartition, Long> committed = Kafka.committed(kafka, group);
        assertThat(committed.values()).anyMatch(offset -> offset > 0);
        committed.forEach((tp, offset) -> assertThat(handled.getOrDefault(tp, Set.of()))
                .as("handled and pushed of %s, below its committed offset", tp)
                .containsAll(LongStream.range(0, offset).boxed().toList()));
        assertThat(pusher.stats().failed()).isZero();
        assertThat(pusher.push("k", "too late")).failsWithin(Duration.ofSeconds(1));
    }

    @Test
    void handlerThatHangs_isReported_andThePusherStillDelivers() throws Exception {
        String out = topic + "-out";
        kafka.createTopic(topic, 1);
        kafka.createTopic(out, 1);
        Kafka.push(kafka, topic, 1, 1);
        Pusher pusher = pusher(out, Duration.ofMinutes(1));
        CountDownLatch running = new CountDownLatch(1);
        KqQueue queue = new KqQueue(conf().build(), (key, value) -> {
            running.countDown();
            uninterruptibly(release);
        });
        services = new ServiceGroup(Duration.ofSeconds(15));
        services.add(queue);
        services.add(pusher);
        services.start();
        running.await();
        CompletableFuture<PushResult> waiting = pusher.push("waits for more to come");

        Report report = services.stop();

        assertThat(report.left()).hasSize(1);
        assertThat(report.left().get(0).service()).isEqualTo("KqQueue " + topic);
        assertThat(report.left().get(0).reason()).startsWith("1 message(s) were still being handled");
        assertThat(waiting).isCompleted();
        assertThat(Kafka.committed(kafka, group).values()).noneMatch(offset -> offset > 0);
    }

    private static void uninterruptibly(CountDownLatch latch) {
        boolean released = false;
        while (!released) {
            try {
                latch.await();
                released = true;
            } catch (InterruptedException e) {
                // a handler as bad as they come
            }
        }
    }

    @Test
    void errorOfAHandler_endsTheGroup_andRunThrowsIt() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        Pusher pusher = pusher(topic + "-out", Duration.ZERO);
        services.add(pusher);
        services.add(new KqQueue(conf().build(), (key, value) -> {
            throw new AssertionError("broken");
        }));

        assertThatThrownBy(services::run)
                .isInstanceOf(KqException.class)
                .hasMessageContaining("KqQueue " + topic + " has failed")
                .hasRootCauseMessage("broken");
        assertThatThrownBy(() -> pusher.push("x").get()).hasCauseInstanceOf(PushException.class);
    }

    @Test
    void stop_fromAHandler_returnsAtOnce_andTheGroupStops() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        AtomicReference<Report> inside = new AtomicReference<>();
        services.add(new KqQueue(conf().build(), (key, value) -> inside.set(services.stop())));

        Report report = services.run();

        assertThat(report.left()).isEmpty();
        assertThat(inside.get().left()).hasSize(1);
        assertThat(Kafka.committed(kafka, group)).containsValue(1L);
    }

    @Test
    void queueThatAHandlerStops_endsTheGroup() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        AtomicReference<KqQueue> itself = new AtomicReference<>();
        itself.set(new KqQueue(conf().build(), (key, value) -> itself.get().stop()));
        services.add(itself.get());

        assertThat(services.run().left()).isEmpty();
    }

    @Test
    void sigterm_letsTheHandlerFinish_andCommits() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        try (Child jvm = new Child("finishes", kafka.bootstrapServers(), topic, group)) {
            jvm.awaitLine("handling");
            jvm.terminate();
            jvm.awaitLine("handled");
            jvm.awaitLine("left []");
            assertThat(jvm.exitCode()).isEqualTo(143);
        }
        assertThat(Kafka.committed(kafka, group)).containsValue(1L);
    }

    @Test
    void secondSigterm_endsTheProcessAtOnce_althoughAHandlerHangs() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 1, 1);
        try (Child jvm = new Child("hangs", kafka.bootstrapServers(), topic, group)) {
            jvm.awaitLine("handling");
            jvm.terminate();
            jvm.awaitLine("stopping");
            jvm.terminate();
            assertThat(jvm.exitCode()).isEqualTo(143); // WaitTime is ten minutes
        }
        assertThat(Kafka.committed(kafka, group).values()).noneMatch(offset -> offset > 0);
    }

    /** A process with a group that handles one message. */
    private static final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Child(String... arguments) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName());
            builder.command().addAll(List.of(arguments));
            process = builder.redirectErrorStream(true).start();
            output = process.inputReader();
        }

        void awaitLine(String wanted) throws IOException {
            String line = output.readLine();
            while (line != null && !line.equals(wanted)) {
                line = output.readLine();
            }
            assertThat(line).as(wanted).isNotNull();
        }

        void terminate() {
            process.toHandle().destroy();
        }

        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            output.close();
        }
    }

    static final class Main {
        public static void main(String[] args) throws Exception {
            KqConf conf = KqConf.builder()
                    .brokers(args[1])
                    .topic(args[2])
                    .group(args[3])
                    .offset(StartOffset.FIRST)
                    .consumers(1)
                    .drainTimeout(Duration.ofMinutes(10))
                    .minBytes(1)
                    .build();
            CountDownLatch stopping = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            try (ServiceGroup group = new ServiceGroup(Duration.ofMinutes(10))) {
                group.add(new KqQueue(conf, (key, value) -> {
                    System.out.println("handling");
                    stopping.await();
                    System.out.println("stopping");
                    if (args[0].equals("hangs")) {
                        never.await();
                    }
                    System.out.println("handled");
                }));
                group.add(new Service() {
                    @Override
                    public void start() {}

                    @Override
                    public void stop(Duration timeout) {
                        stopping.countDown();
                    }

                    @Override
                    public Phase phase() {
                        return Phase.CONSUMERS;
                    }
                });
                System.out.println("left " + group.run().left());
            }
        }
    }
}
