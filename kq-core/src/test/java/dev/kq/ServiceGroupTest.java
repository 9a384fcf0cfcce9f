package dev.kq;

import static dev.kq.Service.Phase.CONSUMERS;
import static dev.kq.Service.Phase.OTHERS;
import static dev.kq.Service.Phase.TELEMETRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kq.ServiceGroup.Report;
import dev.kq.errors.KqException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules of a group, with services that do nothing but what a test wants. */
@Timeout(60)
class ServiceGroupTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofSeconds(5);

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch forEver = new CountDownLatch(1);
    private ServiceGroup group = new ServiceGroup(LONG);

    @AfterEach
    void release() {
        forEver.countDown();
        group.close();
    }

    private FakeService service(String name, Service.Phase phase) {
        return new FakeService(name, phase, events);
    }

    private FakeService added(String name, Service.Phase phase) {
        FakeService service = service(name, phase);
        group.add(service);
        return service;
    }

    @Test
    void start_isInTheReverseOrderOfThePhases_andInTheOrderOfAddingWithinOne() {
        added("queue1", CONSUMERS);
        added("pusher1", OTHERS);
        added("traces", TELEMETRY);
        added("queue2", CONSUMERS);
        added("pusher2", OTHERS);

        group.start();

        assertThat(events)
                .containsExactly("start traces", "start pusher1", "start pusher2", "start queue1", "start queue2");
    }

    @Test
    void stop_isPhaseByPhase_eachWaitsForTheOneBefore() {
        added("traces", TELEMETRY);
        added("pusher", OTHERS);
        added("queue", CONSUMERS);
        group.start();
        events.clear();

        Report report = group.stop();

        assertThat(events)
                .containsExactly(
                        "stop queue",
                        "stopped queue",
                        "stop pusher",
                        "stopped pusher",
                        "stop traces",
                        "stopped traces");
        assertThat(report.complete()).isTrue();
        assertThat(report.failure()).isNull();
    }

    @Test
    void stop_ofOnePhase_isAtTheSameTime() {
        CountDownLatch both = new CountDownLatch(2);
        for (String name : List.of("queue1", "queue2")) {
            added(name, CONSUMERS).stopping(timeout -> {
                both.countDown();
                both.await();
            });
        }
        group.start();

        assertThat(group.stop().complete()).isTrue();
    }

    @Test
    void stop_givesEachPhaseWhatRemains_andLeavesAFifthToThoseThatCome() {
        AtomicLong clock = new AtomicLong();
        group = new ServiceGroup(Duration.ofSeconds(100), clock::get);
        Map<String, Duration> given = new ConcurrentHashMap<>();
        for (Service.Phase phase : Service.Phase.values()) {
            added(phase.name(), phase).stopping(timeout -> {
                given.put(phase.name(), timeout);
                clock.addAndGet(Duration.ofSeconds(10).toNanos());
            });
        }
        group.start();

        Report report = group.stop();

        assertThat(given)
                .isEqualTo(Map.of(
                        "CONSUMERS", Duration.ofSeconds(80),
                        "OTHERS", Duration.ofSeconds(72),
                        "TELEMETRY", Duration.ofSeconds(80)));
        assertThat(report.elapsed()).isEqualTo(Duration.ofSeconds(30));
    }

    /** Whoever asks for it may be a daemon, as the threads of queues are, and must not let the JVM end before it. */
    @Test
    void stop_isDoneByAThreadThatIsNoDaemon() throws Exception {
        Map<String, Boolean> daemons = new ConcurrentHashMap<>();
        group = new ServiceGroup(LONG, () -> {
            daemons.put(Thread.currentThread().getName(), Thread.currentThread().isDaemon());
            return System.nanoTime();
        });
        added("queue", CONSUMERS);
        group.start();
        Thread daemon = new Thread(group::stop);
        daemon.setDaemon(true);
        daemon.start();
        daemon.join();

        assertThat(daemons).containsEntry("kq-services-stop", false);
    }

    @Test
    void stop_thatHangs_isLeftAndReported_andTheOthersStop() {
        group = new ServiceGroup(SHORT);
        AtomicReference<Thread> hung = new AtomicReference<>();
        CountDownLatch interrupted = new CountDownLatch(1);
        added("hangs", CONSUMERS).stopping(timeout -> {
            hung.set(Thread.currentThread());
            try {
                forEver.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        added("queue", CONSUMERS);
        added("pusher", OTHERS);
        group.start();

        Report report = group.stop();

        assertThat(events).contains("stopped queue", "stop pusher", "stopped pusher");
        assertThat(report.left()).hasSize(1);
        assertThat(report.left().get(0).toString()).startsWith("FakeService hangs: has not stopped in PT");
        Eventually.await("the interrupt", () -> interrupted.getCount() == 0);
        assertThat(hung.get().isDaemon()).isTrue();
    }

    @Test
    void stop_thatThrows_isReported_andTheOthersStop() {
        added("says", CONSUMERS).stopping(timeout -> {
            throw new KqException("3 messages were left");
        });
        added("breaks", CONSUMERS).stopping(timeout -> {
            throw new AssertionError("broken");
        });
        added("pusher", OTHERS);
        group.start();

        Report report = group.stop();

        assertThat(events).contains("stopped pusher");
        assertThat(report.left())
                .extracting(Object::toString)
                .containsExactly(
                        "FakeService says: 3 messages were left",
                        "FakeService breaks: java.lang.AssertionError: broken");
    }

    @Test
    void stop_fromManyThreads_isOne() throws Exception {
        added("queue", CONSUMERS);
        group.start();
        CountDownLatch go = new CountDownLatch(1);
        List<FutureTask<Report>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            FutureTask<Report> task = new FutureTask<>(() -> {
                go.await();
                return group.stop();
            });
            tasks.add(task);
            new Thread(task).start();
        }
        go.countDown();
        Report first = group.stop();
        for (FutureTask<Report> task : tasks) {
            assertThat(task.get()).isSameAs(first);
        }
        assertThat(events).containsExactly("start queue", "stop queue", "stopped queue");
    }

    @Test
    void stop_keepsTheCallersInterrupt_andIsCompleteAllTheSame() {
        added("queue", CONSUMERS);
        group.start();
        Thread.currentThread().interrupt();

        assertThat(group.stop().complete()).isTrue();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(events).endsWith("stopped queue");
    }

    @Test
    void stop_beforeStart_stopsWhatWasAdded_andThereIsNoStartAfterIt() throws Exception {
        added("pusher", OTHERS);

        assertThat(group.stop().complete()).isTrue();

        assertThat(events).containsExactly("stop pusher", "stopped pusher");
        assertThat(group.join().complete()).isTrue();
        assertThatThrownBy(group::start).isInstanceOf(KqException.class).hasMessageContaining("is stopped");
        assertThatThrownBy(group::run).isInstanceOf(KqException.class).hasMessageContaining("is stopped");
    }

    @Test
    void stop_whileAServiceStarts_waitsForIt_andStartsNoMore() throws Exception {
        CountDownLatch starting = new CountDownLatch(1);
        CountDownLatch mayStart = new CountDownLatch(1);
        added("pusher", OTHERS).starting(() -> {
            starting.countDown();
            mayStart.await();
            events.add("started pusher");
        });
        added("queue", CONSUMERS);
        FutureTask<Void> start = task(() -> group.start());
        starting.await();
        FutureTask<Void> stop = task(() -> group.stop());
        Eventually.await(
                "the stop to begin",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(t -> t.getName().equals("kq-services-stop")));
        mayStart.countDown();
        stop.get();

        assertThatThrownBy(start::get).cause().isInstanceOf(KqException.class).hasMessageContaining("while it started");
        assertThat(events)
                .containsExactly(
                        "start pusher",
                        "started pusher",
                        "stop queue",
                        "stopped queue",
                        "stop pusher",
                        "stopped pusher");
    }

    @Test
    void stop_whileAStartHangs_isBounded_andReportsIt() throws Exception {
        group = new ServiceGroup(SHORT);
        CountDownLatch starting = new CountDownLatch(1);
        added("hangs", OTHERS).starting(() -> {
            starting.countDown();
            forEver.await();
        });
        FutureTask<Void> start = task(() -> group.start());
        starting.await();

        assertThat(group.stop().left())
                .extracting(Object::toString)
                .containsExactly("FakeService hangs: its start has not returned");
        forEver.countDown();
        assertThatThrownBy(start::get).hasCauseInstanceOf(KqException.class);
    }

    @Test
    void start_thatFails_stopsAll_andThrowsItsReason() {
        IllegalStateException reason = new IllegalStateException("port taken");
        added("traces", TELEMETRY);
        added("pusher", OTHERS).starting(() -> {
            throw reason;
        });
        added("queue", CONSUMERS);

        assertThatThrownBy(group::start)
                .isInstanceOf(KqException.class)
                .hasMessageContaining("FakeService pusher did not start")
                .hasMessageContaining("port taken")
                .hasCause(reason);
        assertThat(events)
                .doesNotContain("start queue")
                .containsSubsequence("stopped queue", "stop pusher", "stopped pusher", "stop traces", "stopped traces");
        assertThat(group.stop().failure()).isSameAs(reason);
    }

    @Test
    void start_twice_isRefused_andTheGroupGoesOn() {
        added("queue", CONSUMERS);
        group.start();

        assertThatThrownBy(group::start).isInstanceOf(KqException.class).hasMessageContaining("started already");
        assertThatThrownBy(group::run).isInstanceOf(KqException.class).hasMessageContaining("started already");
        assertThat(events).containsExactly("start queue");
    }

    @Test
    void add_afterStart_orTwice_isRefused() {
        FakeService queue = added("queue", CONSUMERS);
        assertThatThrownBy(() -> group.add(queue))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("already");
        group.start();
        assertThatThrownBy(() -> added("late", OTHERS))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("FakeService late")
                .hasMessageContaining("started already");
        group.stop();
        assertThatThrownBy(() -> added("later", OTHERS)).hasMessageContaining("is stopped");
    }

    @Test
    void waitTime_mustBeMoreThanZero() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ServiceGroup(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new ServiceGroup(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void serviceThatFails_takesTheGroupDown() {
        FakeService queue = added("queue", CONSUMERS);
        added("pusher", OTHERS);
        group.start();
        Exception reason = new Exception("fatal");

        queue.die(reason);

        assertThatThrownBy(group::join)
                .isInstanceOf(KqException.class)
                .hasMessage("service FakeService queue has failed: java.lang.Exception: fatal")
                .hasCause(reason);
        assertThat(events).contains("stopped queue", "stopped pusher");
        assertThat(group.stop().failure()).isSameAs(reason);
    }

    @Test
    void serviceThatEnds_takesTheGroupDown_withoutAFailure() throws Exception {
        FakeService queue = added("queue", CONSUMERS);
        added("pusher", OTHERS);
        group.start();

        queue.end();

        assertThat(group.join().complete()).isTrue();
        assertThat(events).contains("stopped pusher");
    }

    @Test
    void serviceThatFails_isTolerated_ifTheGroupWasToldSo() {
        FakeService extra = service("extra", OTHERS);
        group.add(extra, ServiceGroup.WhenEnded.GO_ON);
        FakeService queue = added("queue", CONSUMERS);
        group.start();

        extra.die(new Exception("who cares"));
        assertThat(events).doesNotContain("stop queue");
        queue.die(new Exception("fatal"));

        assertThatThrownBy(group::join).hasMessageContaining("queue has failed");
        assertThat(group.stop().failure()).hasMessage("fatal");
    }

    @Test
    void serviceThatFailsWhileTheOthersStart_endsTheStart() {
        FakeService pusher = added("pusher", OTHERS);
        added("dies", CONSUMERS).starting(() -> pusher.die(new Exception("fatal")));
        added("queue", CONSUMERS);

        assertThatThrownBy(group::start).isInstanceOf(KqException.class).hasMessageContaining("pusher has failed");
        assertThat(events).doesNotContain("start queue").contains("stopped pusher");
    }

    @Test
    void run_returnsAfterAStop_withItsReport() throws Exception {
        added("queue", CONSUMERS).starting(() -> task(() -> group.stop()));

        Report report = group.run();

        assertThat(report.complete()).isTrue();
        assertThat(report).isSameAs(group.stop());
    }

    @Test
    void run_throwsWhatAServiceFailedOf() {
        FakeService queue = added("queue", CONSUMERS);
        queue.starting(() -> queue.die(new Exception("fatal")));

        assertThatThrownBy(group::run).isInstanceOf(KqException.class).hasMessageContaining("fatal");
        assertThat(events).contains("stopped queue");
    }

    @Test
    void run_interrupted_stopsTheGroup() {
        Thread me = Thread.currentThread();
        added("queue", CONSUMERS).starting(me::interrupt);

        assertThatThrownBy(group::run).isInstanceOf(InterruptedException.class);
        assertThat(events).contains("stopped queue");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void groups_areIndependent() {
        ServiceGroup other = new ServiceGroup(LONG);
        FakeService shared = service("other", CONSUMERS);
        other.add(shared);
        added("queue", CONSUMERS);
        group.start();
        other.start();

        group.stop();

        assertThat(events).contains("stopped queue").doesNotContain("stop other");
        other.close();
        assertThat(events).contains("stopped other");
    }

    @CanIgnoreReturnValue
    private static FutureTask<Void> task(FakeService.Act act) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            act.run();
            return null;
        });
        new Thread(task).start();
        return task;
    }
}
