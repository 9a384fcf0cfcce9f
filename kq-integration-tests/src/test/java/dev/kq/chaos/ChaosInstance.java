package dev.kq.chaos;

import dev.kq.DeadLetter;
import dev.kq.GroupProtocol;
import dev.kq.Health;
import dev.kq.KqConf;
import dev.kq.KqException;
import dev.kq.KqQueue;
import dev.kq.Message;
import dev.kq.RetryConf;
import dev.kq.StartOffset;
import dev.kq.StopReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A service with one queue, in a JVM of its own, that writes down everything it does. Ends with 0 after SIGTERM and a
 * stop that left nothing running, with something else after everything else.
 *
 * <p>Arguments are {@code key=value}: {@code log}, {@code brokers}, {@code topic}, {@code group}, {@code name},
 * {@code protocol}, {@code slowest} (a handler sleeps 0 to so many milliseconds for one of eight records),
 * {@code failing} (what the handler does with one of ten records: {@code retry} succeeds with the third attempt,
 * {@code dead} sends it to the topic with {@code -dead} behind its name; none if left out), and Kafka properties.
 */
final class ChaosInstance {
    private static final int LEFT_SOMETHING_RUNNING = 3;
    private static final int QUEUE_FAILED = 4;
    private static final Duration COMMIT_INTERVAL = Duration.ofMillis(200);
    private static final Duration LONG_ENOUGH_TO_DIE = Duration.ofSeconds(2);

    private final EventLog log;
    private final KqQueue queue;
    private final int slowest;
    private final String failing;

    private ChaosInstance(Map<String, String> arguments) throws IOException {
        log = new EventLog(Path.of(arguments.remove("log")));
        slowest = Integer.parseInt(arguments.remove("slowest"));
        failing = arguments.getOrDefault("failing", "");
        arguments.remove("failing");
        ClientProbe.writeTo(log);
        String topic = arguments.remove("topic");
        KqConf conf = KqConf.builder()
                .name(arguments.remove("name"))
                .brokers(arguments.remove("brokers").split(","))
                .topic(topic)
                .group(arguments.remove("group"))
                .groupProtocol(GroupProtocol.valueOf(arguments.remove("protocol")))
                .offset(StartOffset.FIRST)
                .minBytes(1)
                .consumers(2)
                .processors(4)
                .commitInterval(COMMIT_INTERVAL)
                .retry(new RetryConf(3, LONG_ENOUGH_TO_DIE, LONG_ENOUGH_TO_DIE, 1, 0))
                .deadLetterTopic(failing.equals("dead") ? topic + "-dead" : null)
                .properties(arguments)
                .property("interceptor.classes", ClientProbe.class.getName())
                .build();
        queue = KqQueue.builder(conf).messageHandler(this::handle).build();
    }

    public static void main(String[] args) throws IOException {
        Map<String, String> arguments = new TreeMap<>();
        for (String arg : args) {
            arguments.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        new ChaosInstance(arguments).run();
    }

    private void run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop-on-sigterm"));
        ScheduledExecutorService status = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "status");
            thread.setDaemon(true);
            return thread;
        });
        queue.start();
        log.record(Event.Kind.STARTED, -1, ProcessHandle.current().pid(), "");
        var ignored = status.scheduleWithFixedDelay(this::tellStatus, 200, 200, TimeUnit.MILLISECONDS);
        try {
            queue.join();
        } catch (KqException | InterruptedException e) {
            log.record(Event.Kind.DIED, -1, 0, e.toString());
            Runtime.getRuntime().halt(QUEUE_FAILED);
        }
    }

    private void handle(Message message) throws Exception {
        log.record(Event.Kind.BEGAN, message.partition(), message.offset(), message.key());
        if (!failing.isEmpty() && message.offset() % 10 == 3) {
            fail(message);
        }
        try {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            if (random.nextInt(8) == 0) {
                TimeUnit.MICROSECONDS.sleep(random.nextInt(slowest * 1000));
            }
        } catch (InterruptedException e) {
            log.record(Event.Kind.FAILED, message.partition(), message.offset(), message.key());
            throw e;
        }
        log.record(Event.Kind.ENDED, message.partition(), message.offset(), message.key());
    }

    private void fail(Message message) throws Exception {
        if (failing.equals("dead") || message.attempt() < 3) {
            log.record(Event.Kind.FAILED, message.partition(), message.offset(), message.attempt(), message.key());
            throw failing.equals("dead") ? new DeadLetter("not wanted") : new Exception("not yet");
        }
    }

    private void tellStatus() {
        Health.Status health = queue.health().status();
        log.record(Event.Kind.STATUS, -1, queue.lag().orElse(-1), health.name());
    }

    /** The shutdown hook; it ends the JVM itself, or the exit code would be that of the signal. */
    private void stop() {
        StopReport report = queue.stop();
        log.record(Event.Kind.STOPPED, report.stillRunning(), report.handled(), report.toString());
        Runtime.getRuntime().halt(report.stillRunning() == 0 ? 0 : LEFT_SOMETHING_RUNNING);
    }
}
