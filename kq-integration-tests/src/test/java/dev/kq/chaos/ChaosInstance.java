package dev.kq.chaos;

import dev.kq.DeadLetter;
import dev.kq.GroupProtocol;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Message;
import dev.kq.Ordering;
import dev.kq.RetryConf;
import dev.kq.StartOffset;
import dev.kq.StopReport;
import dev.kq.WorkerKind;
import dev.kq.errors.KqException;
import dev.kq.testkit.guarantee.EventLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
 * stop that left nothing running, with something else after everything else; at once when its parent is gone.
 *
 * <p>Arguments are {@code key=value}: {@code folder}, {@code name}, {@code brokers}, {@code topic}, {@code group},
 * {@code protocol}, {@code workers}, {@code ordering}, {@code mood} (see {@link Mood}), {@code dead} (the dead-letter
 * topic; none if left out), {@code failing} (what the handler does with one of ten records: {@code retry} succeeds with
 * the third attempt, {@code dead} makes it a dead letter; neither if left out), and Kafka properties. A line on its
 * input is a new mood.
 */
final class ChaosInstance {
    private static final int LEFT_SOMETHING_RUNNING = 3;
    private static final int QUEUE_FAILED = 4;
    private static final Duration COMMIT_INTERVAL = Duration.ofMillis(200);
    private static final RetryConf LONG_ENOUGH_TO_DIE =
            new RetryConf(3, Duration.ofSeconds(2), Duration.ofSeconds(2), 1, 0);
    private static final RetryConf SOON = new RetryConf(3, Duration.ofMillis(100), Duration.ofSeconds(1), 2, 0.2);

    private final EventLog log;
    private final KqQueue queue;
    private final String failing;
    private volatile Mood mood;

    private ChaosInstance(Map<String, String> arguments) {
        String name = arguments.remove("name");
        String topic = arguments.remove("topic");
        log = EventLog.open(Path.of(arguments.remove("folder")), name, topic);
        failing = arguments.getOrDefault("failing", "");
        arguments.remove("failing");
        mood = Mood.parse(arguments.remove("mood"));
        KqConf.Builder conf = KqConf.builder()
                .name(name)
                .brokers(arguments.remove("brokers").split(",", -1))
                .topic(topic)
                .group(arguments.remove("group"))
                .groupProtocol(GroupProtocol.valueOf(arguments.remove("protocol")))
                .workers(WorkerKind.valueOf(arguments.remove("workers")))
                .ordering(Ordering.valueOf(arguments.remove("ordering")))
                .deadLetterTopic(arguments.remove("dead"))
                .offset(StartOffset.FIRST)
                .minBytes(1)
                .consumers(2)
                .processors(4)
                .commitInterval(COMMIT_INTERVAL)
                .retry(failing.isEmpty() ? SOON : LONG_ENOUGH_TO_DIE);
        arguments.putAll(log.consumerProperties());
        queue = KqQueue.builder(conf.properties(arguments).build())
                .interceptor(log.interceptor())
                .messageHandler(this::handle)
                .build();
    }

    public static void main(String[] args) {
        Map<String, String> arguments = new TreeMap<>();
        for (String arg : args) {
            arguments.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        new ChaosInstance(arguments).run();
    }

    private void run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop-on-sigterm"));
        ScheduledExecutorService status = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "status"));
        queue.start();
        log.started();
        var ignored = status.scheduleWithFixedDelay(
                () -> log.status(queue.lag().orElse(-1), queue.health().status().name()),
                0,
                200,
                TimeUnit.MILLISECONDS);
        daemon(this::listen, "mood").start();
        try {
            queue.join();
        } catch (KqException | InterruptedException e) {
            log.died(e);
            Runtime.getRuntime().halt(QUEUE_FAILED);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                mood = Mood.parse(line);
            }
        } catch (IOException e) {
            // gone as well
        }
        Runtime.getRuntime().halt(1);
    }

    private void handle(Message message) throws Exception {
        if (!failing.isEmpty() && message.offset() % 10 == 3) {
            if (failing.equals("dead")) {
                throw new DeadLetter("not wanted");
            }
            if (message.attempt() < 3) {
                throw new Exception("not yet");
            }
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Mood now = mood;
        long wait = now.burstEndNanos() - System.nanoTime();
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(wait);
        } else if (now.slowestMillis() > 0 && random.nextInt(8) == 0) {
            TimeUnit.MICROSECONDS.sleep(random.nextInt(now.slowestMillis() * 1000));
        }
        int luck = random.nextInt(1000);
        if (luck < now.deadPerMille()) {
            throw new DeadLetter("not wanted");
        }
        if (luck < now.deadPerMille() + now.failPerMille()) {
            throw new Exception("not this time");
        }
    }

    /** The shutdown hook; it ends the JVM itself, or the exit code would be that of the signal. */
    private void stop() {
        StopReport report = queue.stop();
        log.stopped(report);
        Runtime.getRuntime().halt(report.stillRunning() == 0 ? 0 : LEFT_SOMETHING_RUNNING);
    }
}
