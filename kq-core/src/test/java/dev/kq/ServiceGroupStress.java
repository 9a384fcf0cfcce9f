package dev.kq;

import dev.kq.errors.KqException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A group of 20 services that is started, stopped by several threads at once, and whose services fail, in an order that
 * the seed and the scheduler decide. What must always hold is checked at the end of each round.
 */
final class ServiceGroupStress {
    private static final int SERVICES = 20;
    private static final List<Service.Phase> PHASES = List.of(Service.Phase.values());

    private final SplittableRandom random;
    private final AtomicInteger clock = new AtomicInteger();
    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();
    private final ServiceGroup group = new ServiceGroup(Duration.ofMinutes(10));
    private final List<Probe> probes = new ArrayList<>();
    private volatile boolean startReturned;

    private ServiceGroupStress(long seed) {
        random = new SplittableRandom(seed); // Random would begin alike for seeds next to each other
    }

    /** Everything that did not hold, in so many rounds. */
    static List<String> run(long seed, int rounds) throws InterruptedException {
        List<String> all = new ArrayList<>();
        for (int round = 0; round < rounds && all.isEmpty(); round++) {
            ServiceGroupStress one = new ServiceGroupStress(seed * 1_000_000 + round);
            one.round();
            one.breaches.forEach(all::add);
        }
        return all;
    }

    private void round() throws InterruptedException {
        boolean startsFail = random.nextInt(4) == 0;
        for (int i = 0; i < SERVICES; i++) {
            Service.Phase phase = PHASES.get(random.nextInt(3));
            Probe probe = new Probe(i, phase, startsFail && random.nextInt(SERVICES) == 0, random.nextInt(6) == 0);
            probes.add(probe);
            group.add(probe, probe.tolerated ? ServiceGroup.WhenEnded.GO_ON : ServiceGroup.WhenEnded.STOP_GROUP);
        }
        CountDownLatch go = new CountDownLatch(1);
        Set<ServiceGroup.Report> reports = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        threads.add(thread(go, () -> {
            try {
                group.start();
                startReturned = true;
            } catch (KqException e) {
                // stopped or failed meanwhile; what was started is looked at below
            }
        }));
        int stoppers = random.nextInt(4);
        for (int i = 0; i < stoppers; i++) {
            threads.add(thread(go, () -> reports.add(group.stop())));
        }
        int deaths = random.nextInt(3);
        for (int i = 0; i < deaths; i++) {
            Probe victim = probes.get(random.nextInt(SERVICES));
            threads.add(thread(go, victim::die));
        }
        go.countDown();
        if (random.nextBoolean()) {
            threads.get(0).join(); // so that also whole groups are stopped
        }
        reports.add(group.stop());
        for (Thread thread : threads) {
            thread.join();
        }
        reports.add(group.stop());
        check(reports);
    }

    private static Thread thread(CountDownLatch go, Runnable act) {
        Thread thread = new Thread(() -> {
            try {
                go.await();
                act.run();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        return thread;
    }

    private void check(Set<ServiceGroup.Report> reports) {
        breach(reports.size() != 1, "several reports");
        ServiceGroup.Report report = reports.iterator().next();
        Set<String> left = new HashSet<>();
        report.left().forEach(one -> left.add(one.service()));
        Set<String> failed = new HashSet<>();
        int lastStart = 0;
        for (Probe probe : probes) {
            breach(probe.starts.get() > 1, probe + " started twice");
            breach(probe.stops.get() != 1, probe + " stopped " + probe.stops + " times");
            breach(startReturned && probe.starts.get() != 1, probe + " not started, but start returned");
            breach(probe.starts.get() == 1 && probe.startEnd > probe.stopBegin, probe + " started and stopped at once");
            lastStart = Math.max(lastStart, probe.startEnd);
            if (probe.stopFails) {
                failed.add("Probe " + probe.name());
            }
        }
        breach(!left.equals(failed), "left " + left + ", but what failed is " + failed);
        Comparator<Probe> byPhase = Comparator.comparing(Probe::phase);
        for (Probe early : probes) {
            for (Probe late : probes) {
                if (byPhase.compare(early, late) < 0) {
                    breach(early.stopEnd > late.stopBegin, late + " stopped before " + early);
                    breach(
                            early.startBegin != 0 && (late.startEnd == 0 || late.startEnd > early.startBegin),
                            early + " started before " + late);
                }
                breach(
                        early.startFails && early.startBegin != 0 && late.startBegin > early.startEnd,
                        late + " started after the failed start of " + early);
            }
            breach(lastStart > early.stopBegin, early + " stopped before all starts were over");
        }
        Throwable failure = report.failure();
        boolean known = failure == null
                || probes.stream().anyMatch(probe -> probe.failure == failure && !(probe.died && probe.tolerated));
        breach(!known, "a failure that nobody had: " + failure);
    }

    private void breach(boolean is, String what) {
        if (is) {
            breaches.add(what);
        }
    }

    private final class Probe implements Service {
        final int number;
        final Phase phase;
        final boolean startFails;
        final boolean stopFails;
        final boolean tolerated;
        final Exception failure;
        /** How long start and stop take: a moment that lets others in between, or time enough for a whole stop. */
        final long pause;

        final AtomicInteger starts = new AtomicInteger();
        final AtomicInteger stops = new AtomicInteger();
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        volatile boolean died;
        volatile int startBegin;
        volatile int startEnd;
        volatile int stopBegin;
        volatile int stopEnd;

        Probe(int number, Phase phase, boolean startFails, boolean stopFails) {
            this.number = number;
            this.phase = phase;
            this.startFails = startFails;
            this.stopFails = stopFails;
            this.tolerated = number % 5 == 0;
            this.failure = new Exception("failure of " + number);
            this.pause = random.nextInt(10) == 0 ? 500_000 : 1;
        }

        void die() {
            died = true;
            ended.completeExceptionally(failure);
        }

        @Override
        public void start() throws Exception {
            starts.incrementAndGet();
            startBegin = clock.incrementAndGet();
            LockSupport.parkNanos(pause);
            startEnd = clock.incrementAndGet();
            if (startFails) {
                throw failure;
            }
        }

        @Override
        public void stop(Duration timeout) {
            stops.incrementAndGet();
            stopBegin = clock.incrementAndGet();
            LockSupport.parkNanos(pause);
            stopEnd = clock.incrementAndGet();
            if (stopFails) {
                throw new KqException("left something");
            }
        }

        @Override
        public String name() {
            return String.valueOf(number);
        }

        @Override
        public Phase phase() {
            return phase;
        }

        @Override
        public CompletionStage<@Nullable Void> ended() {
            return ended;
        }

        @Override
        public String toString() {
            return phase + " " + number;
        }
    }
}
