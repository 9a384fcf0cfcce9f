package dev.kq.chaos;

import dev.kq.testkit.guarantee.Evidence;
import dev.kq.testkit.guarantee.EvidenceBuilder;
import dev.kq.testkit.guarantee.Guarantees;
import dev.kq.testkit.guarantee.ProgressWatch;
import dev.kq.testkit.guarantee.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One run of some instances while records are pushed without a break and faults happen, checked in the end. Setting and
 * faults are drawn from the seed: those of the instances and those of the brokers are two sequences that run side by
 * side. The same seed gives the same faults with the same pauses, though not the same interleaving of threads.
 *
 * <p>The calling thread watches the progress, each sequence of faults has a thread of its own. Closing it leaves no
 * process behind.
 */
final class Round implements World, AutoCloseable {
    /** How handlers behave when nothing is done to them: a little of everything. */
    static final Mood CALM = new Mood(4, 5, 2, 0);

    /**
     * Two sequences of faults run side by side. On one side a partition waits for a freeze and the session of its
     * owner, for a rebalance and the start of a JVM; on the other for a killed node to be missed, its coordinator to
     * move, a silent connection to be given up, and a dead letter to be tried again.
     */
    static final Duration LONGEST_STALL = Duration.ofSeconds(45);

    private static final Duration LONGEST_STEP = Duration.ofSeconds(90);
    private static final Duration PROGRESS_EACH = Duration.ofSeconds(10);
    private static final int PARTITIONS = 6;
    private static final int INSTANCES = 3;

    /** What came out. */
    record Result(Setting setting, Verdict verdict, List<String> faults, Duration longestStall, long acknowledged) {}

    private final Cluster cluster;
    private final Path folder;
    private final String name;
    private final long seed;
    private final Setting setting;
    private final List<Path> patches;
    private final long begun = System.nanoTime();
    private final ProgressWatch watch = new ProgressWatch(PARTITIONS, LONGEST_STALL, begun);
    private final Feed feed;
    private final Map<Integer, InstanceProcess> current = new ConcurrentSkipListMap<>();
    private final Map<Integer, Integer> starts = new ConcurrentSkipListMap<>();
    private final List<InstanceProcess> all = new CopyOnWriteArrayList<>();
    private final List<long[]> disturbances = new CopyOnWriteArrayList<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final List<Thread> sequences = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Mood mood = CALM;
    private volatile long faultsUntil;
    private long progressDue = begun;

    /** @param patches folders with classes that replace those of the engine */
    Round(Cluster cluster, Path folder, String name, long seed, Setting setting, List<Path> patches)
            throws IOException {
        this.cluster = cluster;
        this.folder = Files.createDirectories(folder);
        this.name = name;
        this.seed = seed;
        this.setting = setting;
        this.patches = patches;
        cluster.kafka().createTopic(topic(), PARTITIONS, setting.topic().configs());
        cluster.kafka().createTopic(deadLetterTopic(), 1, Map.of("message.timestamp.type", "LogAppendTime"));
        feed = new Feed(cluster.clientProperties(), topic(), setting.topic(), folder);
    }

    /** The setting that belongs to a seed. */
    static Setting setting(long seed) {
        return Setting.draw(new Random(seed));
    }

    /** Lets faults happen for so long, waits until all is handled, stops everything and checks it. */
    Result run(Duration faultTime, int recordsPerSecond) throws InterruptedException {
        say("begins with " + setting + ", " + recordsPerSecond + " records/s");
        for (int i = 0; i < INSTANCES; i++) {
            start(i);
        }
        for (int i = 0; i < INSTANCES; i++) {
            awaitLooking(current.get(i).name() + " starts", current.get(i)::started);
        }
        feed.start(recordsPerSecond);
        faultsUntil = System.nanoTime() + faultTime.toNanos();
        Random random = new Random(seed);
        Random ofInstances = new Random(random.nextLong());
        Random ofBrokers = new Random(random.nextLong());
        sequence("faults-of-instances", ofInstances, () -> Faults.ofInstances(ofInstances, INSTANCES));
        sequence("faults-of-brokers", ofBrokers, () -> Faults.ofBrokers(ofBrokers));
        while (sequences.stream().anyMatch(Thread::isAlive)) {
            look();
            pause();
        }
        return finish();
    }

    private void sequence(String what, Random random, Supplier<Fault> next) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (true) {
                            long pause = Duration.ofMillis(500 + random.nextInt(2_500))
                                    .toNanos();
                            Fault fault = next.get();
                            if (!sleep(Duration.ofNanos(pause)) || System.nanoTime() > faultsUntil) {
                                return;
                            }
                            play(fault);
                        }
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                },
                what);
        thread.start();
        sequences.add(thread);
    }

    private void play(Fault fault) {
        say(fault.toString());
        faults.add(fault.getClass().getSimpleName());
        long from = System.nanoTime();
        try {
            fault.begin(this);
            sleep(fault.lasts());
        } finally {
            fault.end(this);
            if (fault.hitsAll()) {
                disturbances.add(new long[] {from, System.nanoTime()});
            }
        }
    }

    /** False if it was interrupted, which is how the round ends before its time. */
    private static boolean sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void pause() throws InterruptedException {
        Thread.sleep(100);
    }

    private Result finish() throws InterruptedException {
        cluster.calm();
        mood(CALM);
        say("the faults are over");
        Thread finishing = new Thread(this::finishFeed, "finish-feed");
        finishing.start();
        awaitLooking("everything is acknowledged", () -> !finishing.isAlive());
        Map<Integer, Long> ends = cluster.ends(topic());
        awaitLooking("everything is committed", () -> ends.equals(withZeros(ends, cluster.committed(topic()))));
        List<InstanceProcess> stopping = List.copyOf(current.values());
        stopping.forEach(InstanceProcess::terminate);
        awaitLooking("all stop", () -> stopping.stream().noneMatch(InstanceProcess::alive));
        Verdict verdict = Guarantees.check(evidence(), LONGEST_STALL);
        say(verdict.toString());
        return new Result(
                setting, verdict, List.copyOf(faults), Duration.ofNanos(watch.longestNanos()), feed.acknowledged());
    }

    private void finishFeed() {
        try {
            feed.finish();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    /** A partition that never had a record has no commit. */
    private static Map<Integer, Long> withZeros(Map<Integer, Long> ends, Map<Integer, Long> committed) {
        Map<Integer, Long> all = new TreeMap<>();
        ends.keySet().forEach(partition -> all.put(partition, committed.getOrDefault(partition, 0L)));
        return all;
    }

    private Evidence evidence() {
        EvidenceBuilder builder = Evidence.in(folder)
                .ordering(setting.ordering())
                .broker(cluster.clientProperties(), topic(), topic())
                .deadLetters(cluster.clientProperties(), deadLetterTopic(), topic());
        if (setting.topic() == Setting.TopicKind.COMPACTED) {
            builder.compacted();
        }
        for (InstanceProcess process : all) {
            if (process.wasKilled()) {
                builder.killed(process.name());
            } else {
                builder.exited(process.name(), process.exitCode());
            }
        }
        disturbances.forEach(disturbance -> builder.disturbed(disturbance[0], disturbance[1]));
        return builder.collect();
    }

    // ---- the watch

    private void awaitLooking(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_STEP.toNanos();
        while (!condition.getAsBoolean()) {
            look();
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in " + LONGEST_STEP + ": " + what + state());
            }
            pause();
        }
        look();
    }

    private void look() {
        all.forEach(InstanceProcess::refresh);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError(failed + state(), failed);
        }
        feed.check();
        long[] ends = feed.ends();
        long[] committed = new long[ends.length];
        Arrays.setAll(
                committed,
                p -> all.stream()
                        .mapToLong(process -> process.committed(p))
                        .max()
                        .orElse(0));
        List<String> breaches = watch.look(System.nanoTime(), ends, committed);
        if (!breaches.isEmpty()) {
            throw new AssertionError(breaches + state());
        }
        all.stream()
                .filter(process -> !process.alive() && !process.wasTold())
                .findAny()
                .ifPresent(process -> {
                    throw new AssertionError(process.name() + " ended by itself" + process.state() + state());
                });
        if (System.nanoTime() > progressDue) {
            progressDue = System.nanoTime() + PROGRESS_EACH.toNanos();
            say(feed.acknowledged() + " pushed, "
                    + all.stream().mapToLong(InstanceProcess::handled).sum() + " handled, " + faults.size()
                    + " faults, longest stall " + watch.longestNanos() / 1_000_000 + " ms");
        }
    }

    private String state() {
        return "\nseed " + seed + "\n" + watch + "\n"
                + current.values().stream().map(InstanceProcess::state).collect(Collectors.joining("\n"));
    }

    private void say(String what) {
        System.out.printf("%s seed %d %7.1f s: %s%n", name, seed, (System.nanoTime() - begun) / 1e9, what);
    }

    // ---- what faults can reach

    @Override
    public Cluster cluster() {
        return cluster;
    }

    @Override
    public String topic() {
        return name;
    }

    @Override
    public String deadLetterTopic() {
        return name + "-dead";
    }

    @Override
    public List<Integer> instances() {
        return List.copyOf(current.keySet());
    }

    @Override
    public InstanceProcess instance(int number) {
        return current.get(number);
    }

    @Override
    public void start(int instance) {
        int start = starts.merge(instance, 1, Integer::sum);
        Map<String, String> arguments = new TreeMap<>(setting.consumerProperties());
        arguments.put("brokers", cluster.addresses());
        arguments.put("topic", topic());
        arguments.put("dead", deadLetterTopic());
        arguments.put("group", topic());
        arguments.put("protocol", setting.group().protocol().name());
        arguments.put("workers", setting.workers().name());
        arguments.put("ordering", setting.ordering().name());
        arguments.put("mood", mood.line());
        arguments.put("metadata.max.age.ms", "5000"); // learns of new partitions
        try {
            InstanceProcess process = new InstanceProcess(
                    "instance-" + instance + "." + start,
                    folder,
                    patches,
                    arguments.entrySet().stream().map(Object::toString).toList());
            all.add(process);
            current.put(instance, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void remove(int instance) {
        current.remove(instance);
    }

    @Override
    public void mood(Mood value) {
        mood = value;
        current.values().forEach(process -> process.tell(value));
    }

    @Override
    public void await(String what, BooleanSupplier condition) {
        try {
            Awaitility.await(what)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(LONGEST_STEP)
                    .until(condition::getAsBoolean);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not in " + LONGEST_STEP + ": " + what, e);
        }
    }

    @Override
    public void close() {
        sequences.forEach(Thread::interrupt);
        all.forEach(InstanceProcess::end);
        for (Thread sequence : sequences) {
            try {
                sequence.join(LONGEST_STEP.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        all.forEach(InstanceProcess::end); // one that a fault started meanwhile
        feed.close();
    }
}
