package dev.kq.chaos;

import dev.kq.GroupProtocol;
import dev.kq.chaos.Evidence.Disturbance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Some instances, the records that are pushed to them, and what is done to them. Each step waits for progress, only the
 * freeze for time too, and while it waits the {@link ProgressWatch} looks. Closing it leaves no process behind.
 *
 * <p>Used by two threads: the one of the test and the one of {@link #beside}.
 */
final class Scenario implements AutoCloseable {
    static final int PARTITIONS = 6;

    private static final Duration LONGEST_STALL = Duration.ofSeconds(30);
    private static final Duration LONGEST_STEP = Duration.ofSeconds(90);
    private static final long SETTLE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long LONGER_THAN_A_SESSION_NANOS =
            Duration.ofSeconds(8).toNanos();
    private static final int PUSHED_AFTER_THE_LAST_FAULT = 10_000;
    private static final int SHOWN = 10;

    /** What the instances are like. */
    record Instances(GroupProtocol protocol, Map<String, String> properties, List<Path> patches, int slowestMillis) {}

    /** What came out. */
    record Result(Map<String, List<String>> breaches, String summary) {
        /** The names of the checks that found something. */
        List<String> breachedChecks() {
            return breaches.keySet().stream()
                    .filter(check -> !breaches.get(check).isEmpty())
                    .toList();
        }
    }

    private final Brokers brokers;
    private final Path folder;
    private final String name;
    private final Instances instances;
    private final Random random;
    private final long begun = System.nanoTime();
    private final ProgressWatch watch = new ProgressWatch(PARTITIONS, LONGEST_STALL.toNanos(), begun);
    private final Feed feed;
    private final Map<Integer, InstanceProcess> current = new ConcurrentSkipListMap<>();
    private final List<InstanceProcess> all = new CopyOnWriteArrayList<>();
    private final List<Disturbance> disturbances = new CopyOnWriteArrayList<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final ExecutorService besides = Executors.newCachedThreadPool();

    Scenario(Brokers brokers, Path folder, String name, Instances instances, Random random) {
        this.brokers = brokers;
        this.folder = folder;
        this.name = name;
        this.instances = instances;
        this.random = random;
        brokers.createTopic(name, PARTITIONS);
        feed = new Feed(brokers, name, PARTITIONS);
    }

    Feed feed() {
        return feed;
    }

    // ---- what is done

    void start(int instance) {
        long runs = all.stream()
                .filter(process -> process.name().startsWith("instance-" + instance + "."))
                .count();
        Map<String, String> arguments = new TreeMap<>(instances.properties());
        arguments.put("brokers", brokers.addresses());
        arguments.put("topic", name);
        arguments.put("group", name);
        arguments.put("name", "instance-" + instance);
        arguments.put("protocol", instances.protocol().name());
        arguments.put("slowest", Integer.toString(instances.slowestMillis()));
        try {
            InstanceProcess process = new InstanceProcess(
                    "instance-" + instance + "." + (runs + 1),
                    folder,
                    PARTITIONS,
                    instances.patches(),
                    arguments.entrySet().stream().map(Object::toString).toList());
            all.add(process);
            current.put(instance, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitStarted(int instance) {
        until("instance " + instance + " starts", current.get(instance)::started);
    }

    /** SIGTERM, and a new start when it has ended. */
    void restart(int instance) {
        InstanceProcess process = current.get(instance);
        fault("stop and start of " + process.name());
        process.terminate();
        until(process.name() + " stops", () -> !process.alive());
        start(instance);
        awaitStarted(instance);
    }

    /** SIGKILL, and a new start. */
    void crash(int instance) {
        InstanceProcess process = current.get(instance);
        fault("kill -9 of " + process.name());
        long from = System.nanoTime();
        process.kill();
        until(process.name() + " dies", () -> !process.alive());
        disturbances.add(new Disturbance(process.name(), from, System.nanoTime()));
        start(instance);
        awaitStarted(instance);
    }

    /**
     * SIGSTOP until its session is over and the others have all its partitions and handle them, then SIGCONT, until it
     * takes part again.
     */
    void freeze(int instance) {
        InstanceProcess process = current.get(instance);
        long joined = process.handled();
        until(process.name() + " takes part", () -> process.handled() > joined + 500);
        fault("freeze of " + process.name());
        long from = System.nanoTime();
        process.freeze();
        until("the session is over", () -> System.nanoTime() - from > LONGER_THAN_A_SESSION_NANOS);
        List<InstanceProcess> others =
                current.values().stream().filter(other -> other != process).toList();
        long over = System.nanoTime();
        for (int p = 0; p < PARTITIONS; p++) {
            int partition = p;
            until(
                    "partition " + partition + " is taken over",
                    () -> others.stream().anyMatch(other -> other.polledSince(partition, over)));
        }
        awaitHandled(3_000, 3_000);
        long before = process.handled();
        process.thaw();
        until(process.name() + " is back", () -> process.handled() > before + 500);
    }

    /**
     * SIGSTOP of one, so that the rebalance that a third one begins waits for it; SIGTERM of another, which takes part
     * in that rebalance already; SIGCONT.
     */
    void stopDuringRebalance(int stopped, int frozen, int joining) {
        InstanceProcess stopping = current.get(stopped);
        InstanceProcess holding = current.get(frozen);
        fault("stop of " + stopping.name() + " while " + holding.name() + " holds up a rebalance");
        holding.freeze();
        start(joining);
        awaitStarted(joining);
        long[] before = {stopping.handled()};
        long[] committed = {0};
        until(stopping.name() + " handles without committing", () -> {
            long now = stopping.committedInAll();
            if (now != committed[0]) {
                committed[0] = now;
                before[0] = stopping.handled();
            }
            return stopping.handled() > before[0] + 1_000;
        });
        stopping.terminate();
        until(stopping.name() + " stops", () -> !stopping.alive());
        current.remove(stopped);
        holding.thaw();
    }

    void restartNode(int node) {
        fault("restart of node " + node);
        long from = System.nanoTime();
        brokers.restart(node);
        until("node " + node + " catches up", () -> brokers.inSync(name));
        disturbances.add(new Disturbance(Disturbance.ALL, from, System.nanoTime() + SETTLE_NANOS));
    }

    /** Runs steps in another thread; they must have been waited for before {@link #finish}. */
    Future<?> beside(Runnable steps) {
        return besides.submit(steps);
    }

    private void fault(String what) {
        faults.add(what);
        System.out.printf("%s %6.1f s: %s, %d handled%n", name, seconds(), what, handled());
    }

    // ---- what is waited for

    /** Waits until at least {@code least} and at most {@code most} more records are handled, as the seed says. */
    void awaitHandled(int least, int most) {
        int more = least == most ? least : least + random.nextInt(most - least);
        awaitHandled(more);
    }

    void awaitHandled(int more) {
        long target = handled() + more;
        until(more + " more records are handled", () -> handled() >= target);
    }

    private long handled() {
        return all.stream().mapToLong(InstanceProcess::handled).sum();
    }

    private void until(String what, BooleanSupplier condition) {
        try {
            Awaitility.await(what)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(LONGEST_STEP)
                    .until(() -> {
                        look();
                        return condition.getAsBoolean();
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not in " + LONGEST_STEP + ": " + what + state(), e);
        }
    }

    private void look() {
        all.forEach(InstanceProcess::refresh);
        List<String> breaches = watch.look(System.nanoTime(), feed.acknowledgedEnds(), committed());
        if (!breaches.isEmpty()) {
            throw new AssertionError(breaches + state());
        }
        current.values().stream()
                .filter(process -> !process.alive() && !process.wasTold())
                .findAny()
                .ifPresent(process -> {
                    throw new AssertionError(process.name() + " ended by itself" + state());
                });
    }

    private long[] committed() {
        long[] committed = new long[PARTITIONS];
        for (InstanceProcess process : all) {
            for (int p = 0; p < PARTITIONS; p++) {
                committed[p] = Math.max(committed[p], process.committed(p));
            }
        }
        return committed;
    }

    private String state() {
        return "\n" + faults + "\n" + watch + "\n"
                + current.values().stream().map(InstanceProcess::state).collect(Collectors.joining("\n"));
    }

    // ---- the end

    /**
     * Waits until so many records were pushed and all is handled, committed and said to be so, stops all instances at
     * once, and checks everything.
     */
    Result finish(int records) throws InterruptedException {
        long last = Math.max(records, feed.sent() + PUSHED_AFTER_THE_LAST_FAULT);
        until(last + " records are pushed", () -> feed.sent() >= last);
        return finish();
    }

    /** The same, when everything was pushed. */
    Result finish() throws InterruptedException {
        feed.finish();
        long[] ends = feed.acknowledgedEnds();
        until("everything is committed", () -> Arrays.equals(ends, committed()));
        until("no lag and all up", () -> current.values().stream().allMatch(InstanceProcess::idleAndUp));
        Collection<InstanceProcess> stopping = current.values();
        stopping.forEach(InstanceProcess::terminate);
        until("all stop", () -> stopping.stream().noneMatch(InstanceProcess::alive));
        return check();
    }

    private Result check() {
        List<Evidence.Run> runs = all.stream().map(InstanceProcess::evidence).toList();
        List<Disturbance> disturbed = new ArrayList<>(disturbances);
        runs.stream()
                .flatMap(run -> run.freezes().stream())
                .forEach(freeze ->
                        disturbed.add(new Disturbance(freeze.run(), freeze.from(), freeze.to() + SETTLE_NANOS)));
        Evidence evidence =
                new Evidence(feed.pushed(), runs, disturbed, brokers.committed(name), brokers.ends(name, PARTITIONS));
        Map<String, List<String>> breaches = new TreeMap<>();
        for (Check check : List.of(
                new LossCheck(),
                new CommitCheck(),
                new KeyOrderCheck(),
                new OverlapCheck(),
                new EndStateCheck(),
                new RepeatCheck())) {
            breaches.put(check.getClass().getSimpleName(), check.breaches(evidence));
        }
        String summary = "%s: %d records, %d processes, faults %s; breaches %s; %d repeats of at most %d; %s; %.1f s"
                .formatted(
                        name,
                        feed.sent(),
                        runs.size(),
                        faults,
                        counts(breaches),
                        RepeatCheck.repeats(evidence),
                        RepeatCheck.bound(evidence),
                        watch,
                        seconds());
        System.out.println(summary);
        return new Result(breaches, summary + some(breaches));
    }

    private static Map<String, Integer> counts(Map<String, List<String>> breaches) {
        Map<String, Integer> counts = new TreeMap<>();
        breaches.forEach((check, found) -> counts.put(check, found.size()));
        return counts;
    }

    private static String some(Map<String, List<String>> breaches) {
        return breaches.values().stream()
                .flatMap(found -> found.stream().limit(SHOWN))
                .map(breach -> "\n  " + breach)
                .collect(Collectors.joining());
    }

    private double seconds() {
        return (System.nanoTime() - begun) / 1e9;
    }

    @Override
    public void close() {
        besides.shutdownNow();
        for (InstanceProcess process : all) {
            process.end();
        }
        feed.close();
    }
}
