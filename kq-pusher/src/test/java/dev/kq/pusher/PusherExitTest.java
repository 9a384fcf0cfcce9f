package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.testkit.EmbeddedKafka;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM that is told to end while it pushes, and closes its pusher in a shutdown hook. */
@Timeout(120)
class PusherExitTest {
    private static final int TERMINATED = 143;
    private static final Pattern REPORT =
            Pattern.compile("CloseReport\\[delivered=(\\d+), failed=(\\d+), undelivered=(\\d+)]");

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void sigterm_closeInAHookDeliversAllThatIsCounted() throws Exception {
        kafka.createTopic("exit", 4);
        try (Child child = new Child("exit", Duration.ofSeconds(20))) {
            child.awaitLine("pushing");
            List<String> last = child.terminate();

            assertThat(child.exitCode()).isEqualTo(TERMINATED);
            CloseReport report = report(last);
            List<String> acknowledged = values(last, "acknowledged ");
            assertThat(report.delivered()).isGreaterThanOrEqualTo(Pushing.FIRST).isEqualTo(acknowledged.size());
            assertThat(report.failed()).isZero();
            assertThat(report.undelivered()).isEqualTo(values(last, "refused ").size());
            assertThat(TopicReader.all(kafka, "exit"))
                    .extracting(ConsumerRecord::value)
                    .containsExactlyInAnyOrderElementsOf(acknowledged);
        }
    }

    @Test
    void sigterm_withoutABrokerTheHookEndsInTimeAndTellsWhatIsLeft() throws Exception {
        kafka.createTopic("exit-alone", 1);
        try (Child child = new Child("exit-alone", Duration.ofSeconds(1))) {
            child.awaitLine("pushing");
            kafka.stopNode(0);
            long told = System.nanoTime();
            List<String> last = child.terminate();

            assertThat(child.exitCode()).isEqualTo(TERMINATED);
            assertThat(Duration.ofNanos(System.nanoTime() - told)).isLessThan(Duration.ofSeconds(15));
            CloseReport report = report(last);
            assertThat(report.delivered())
                    .isEqualTo(values(last, "acknowledged ").size());
            assertThat(report.undelivered() + report.failed())
                    .isEqualTo(values(last, "refused ").size());
        } finally {
            kafka.startNode(0);
        }
    }

    private static CloseReport report(List<String> lines) {
        Matcher found = REPORT.matcher(String.join("\n", lines));
        assertThat(found.find()).as("a report in " + lines).isTrue();
        return new CloseReport(
                Long.parseLong(found.group(1)), Long.parseLong(found.group(2)), Long.parseLong(found.group(3)));
    }

    private static List<String> values(List<String> lines, String kind) {
        return lines.stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> line.substring(kind.length()))
                .toList();
    }

    private static final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Child(String topic, Duration closeTimeout) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Pushing.class.getName(),
                            kafka.bootstrapServers(),
                            topic,
                            closeTimeout.toString())
                    .redirectErrorStream(true)
                    .start();
            output = process.inputReader();
        }

        void awaitLine(String wanted) throws IOException {
            String line = output.readLine();
            while (line != null && !line.equals(wanted)) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo(wanted);
        }

        /** Sends SIGTERM and reads what the child says from then on. */
        List<String> terminate() {
            process.toHandle().destroy();
            return output.lines().toList();
        }

        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** The child: two threads push until they are refused. */
    static final class Pushing {
        static final int FIRST = 1000;

        private Pushing() {}

        public static void main(String[] args) throws InterruptedException {
            Pusher pusher = Pusher.builder(List.of(args[0]), args[1])
                    .closeTimeout(Duration.parse(args[2]))
                    .build();
            Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
            Queue<String> refused = new ConcurrentLinkedQueue<>();
            List<Thread> threads = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                threads.add(new Thread(() -> push(pusher, name, acknowledged, refused)));
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                pusher.close();
                join(threads);
                System.out.println(pusher.close(Duration.ZERO));
                acknowledged.forEach(value -> System.out.println("acknowledged " + value));
                refused.forEach(value -> System.out.println("refused " + value));
            }));
            threads.forEach(Thread::start);
            while (pusher.stats().delivered() < FIRST) {
                Thread.onSpinWait();
            }
            System.out.println("pushing");
            join(threads);
        }

        private static void push(Pusher pusher, String name, Queue<String> acknowledged, Queue<String> refused) {
            CompletableFuture<Void> last;
            int i = 0;
            do {
                String value = name + "-" + i++;
                last = pusher.push(name, value).handle((result, failure) -> {
                    (failure == null ? acknowledged : refused).add(value);
                    return null;
                });
                if (i % 10 == 0) {
                    LockSupport.parkNanos(100_000);
                }
            } while (!pusher.closed());
            last.join();
        }

        private static void join(List<Thread> threads) {
            try {
                for (Thread thread : threads) {
                    thread.join();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
