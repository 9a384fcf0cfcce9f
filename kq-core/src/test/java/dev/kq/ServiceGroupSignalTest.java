package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.conf.ServiceConf;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a group does with the signals of its JVM, in JVMs of their own. */
@Timeout(120)
class ServiceGroupSignalTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    private static ChildJvm child(String scenario) throws IOException {
        return new ChildJvm(CLASS_PATH, Child.class, scenario);
    }

    @Test
    void sigterm_stopsTheGroup_andTheJvmEndsWith143() throws Exception {
        try (ChildJvm jvm = child("clean")) {
            jvm.awaitLine("running");
            jvm.signal("TERM");
            assertThat(jvm.rest()).containsSubsequence("stop queue", "stop pusher", "left []", "last words");
            assertThat(jvm.exitCode()).isEqualTo(143);
        }
    }

    @Test
    void sigint_stopsTheGroup_andTheJvmEndsWith130() throws Exception {
        try (ChildJvm jvm = child("clean")) {
            jvm.awaitLine("running");
            jvm.signal("INT");
            assertThat(jvm.rest()).containsSubsequence("stop queue", "stop pusher", "left []", "last words");
            assertThat(jvm.exitCode()).isEqualTo(130);
        }
    }

    @Test
    void secondSignal_endsTheJvmAtOnce_althoughAStopHangs() throws Exception {
        try (ChildJvm jvm = child("hangs")) {
            jvm.awaitLine("running");
            jvm.signal("TERM");
            jvm.awaitLine("stop queue");
            jvm.signal("INT");
            assertThat(jvm.exitCode()).isEqualTo(130); // WaitTime is ten minutes
            assertThat(jvm.rest()).doesNotContain("stop pusher");
        }
    }

    @Test
    void signal_whileAServiceStarts_stopsWhatIsStarted() throws Exception {
        try (ChildJvm jvm = child("start-hangs")) {
            jvm.awaitLine("starting");
            jvm.signal("TERM");
            assertThat(jvm.rest()).contains("stop pusher");
            assertThat(jvm.exitCode()).isEqualTo(143);
        }
    }

    @Test
    void exitByOthers_stopsTheGroup() throws Exception {
        try (ChildJvm jvm = child("exit")) {
            assertThat(jvm.rest()).containsSubsequence("running", "stop queue", "stop pusher");
            assertThat(jvm.exitCode()).isEqualTo(3);
        }
    }

    @Test
    void afterRun_signalsAndHooksAreAsBefore() throws Exception {
        try (ChildJvm jvm = child("restores")) {
            assertThat(jvm.rest())
                    .contains("the JVM's own handlers", "closed")
                    .doesNotContain("a hook that was closed runs");
            assertThat(jvm.exitCode()).isZero();
        }
    }

    @Test
    void groupsThatRunSideBySide_areBothStopped_andASecondSignalCounts_alsoIfTheFirstGroupHasEnded() throws Exception {
        try (ChildJvm jvm = child("two")) {
            jvm.awaitLine("running");
            jvm.signal("TERM");
            jvm.awaitLine("stop queue");
            jvm.signal("TERM");
            assertThat(jvm.exitCode()).isEqualTo(143);
        }
    }

    @Test
    void setUp_withoutLogback_isHarmless() throws Exception {
        String without = Arrays.stream(CLASS_PATH.split(File.pathSeparator))
                .filter(entry -> !entry.contains("logback"))
                .collect(Collectors.joining(File.pathSeparator));
        try (ChildJvm jvm = new ChildJvm(without, Child.class, "set-up")) {
            assertThat(jvm.rest()).contains("set up"); // besides what SLF4J says
            assertThat(jvm.exitCode()).isZero();
        }
    }

    static final class Child {
        private static final List<String> EVENTS = new CopyOnWriteArrayList<>();
        private static final CountDownLatch FOR_EVER = new CountDownLatch(1);

        public static void main(String[] args) throws Exception {
            switch (args[0]) {
                case "clean" -> {
                    report(group("queue", timeout -> {}).run());
                    boolean unused = FOR_EVER.await(200, TimeUnit.MILLISECONDS); // an exit that does not wait is faster
                    System.out.println("last words");
                }
                case "hangs" ->
                    report(group("queue", timeout -> FOR_EVER.await()).run());
                case "start-hangs" -> {
                    ServiceGroup group = new ServiceGroup(Duration.ofMillis(500));
                    group.add(service("pusher", timeout -> {}));
                    group.add(new FakeService("queue", Service.Phase.CONSUMERS, EVENTS).starting(() -> {
                        System.out.println("starting");
                        FOR_EVER.await();
                    }));
                    group.run();
                }
                case "exit" -> {
                    ServiceGroup group = group("queue", timeout -> {});
                    group.add(service("exits", timeout -> {})
                            .starting(() -> new Thread(() -> {
                                        awaitStarted();
                                        System.exit(3);
                                    })
                                    .start()));
                    group.run();
                }
                case "restores" -> restores();
                case "two" -> two();
                case "set-up" -> {
                    ServiceConf.DEFAULT.setUp();
                    System.out.println("set up");
                }
                default -> throw new IllegalArgumentException(args[0]);
            }
        }

        private static final CountDownLatch STARTED = new CountDownLatch(1);

        private static void awaitStarted() {
            try {
                STARTED.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        private static ServiceGroup group(String name, FakeService.Stop stop) {
            ServiceGroup group = new ServiceGroup(Duration.ofMinutes(10));
            group.add(service("pusher", timeout -> {}));
            group.add(new FakeService(name, Service.Phase.CONSUMERS, EVENTS)
                    .starting(() -> {
                        System.out.println("running");
                        STARTED.countDown();
                    })
                    .stopping(timeout -> {
                        System.out.println("stop " + name);
                        stop.run(timeout);
                    }));
            return group;
        }

        private static FakeService service(String name, FakeService.Stop stop) {
            return new FakeService(name, Service.Phase.OTHERS, EVENTS).stopping(timeout -> {
                System.out.println("stop " + name);
                stop.run(timeout);
            });
        }

        private static void report(ServiceGroup.Report report) {
            System.out.println("left " + report.left());
        }

        private static void restores() throws Exception {
            Object before = handler();
            ServiceGroup first = empty();
            ServiceGroup second = empty();
            Thread one = running(first);
            Thread two = running(second);
            first.stop(); // in the order of their making, so that each finds the other's handler
            one.join();
            second.stop();
            two.join();
            // The JVM wraps its handlers anew each time, so they cannot be compared.
            boolean restored = !Proxy.isProxyClass(before.getClass())
                    && before.getClass() == handler().getClass();
            System.out.println(restored ? "the JVM's own handlers" : "others");
            ExitHook hook = new ExitHook(
                    () -> System.out.println("a hook that was closed runs"), () -> System.out.println("twice"));
            hook.install();
            hook.close();
            System.out.println("closed");
        }

        private static void two() throws Exception {
            ServiceGroup first = empty();
            Thread one = running(first);
            ServiceGroup second = group("queue", timeout -> FOR_EVER.await());
            new Thread(() -> {
                        try {
                            awaitStarted();
                            first.stop();
                            one.join();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .start();
            second.run();
        }

        private static ServiceGroup empty() {
            return new ServiceGroup(Duration.ofMinutes(10));
        }

        private static Thread running(ServiceGroup group) throws InterruptedException {
            CountDownLatch runs = new CountDownLatch(1);
            group.add(new FakeService("idle", Service.Phase.OTHERS, EVENTS).starting(runs::countDown));
            Thread thread = new Thread(() -> {
                try {
                    group.run();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            thread.start();
            runs.await();
            return thread;
        }

        /** Who is asked at SIGTERM; by reflection, for javac warns of the class and cannot be told not to. */
        private static Object handler() throws ReflectiveOperationException {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            Method handle = signal.getMethod("handle", signal, type);
            Object term = signal.getConstructor(String.class).newInstance("TERM");
            Object current = handle.invoke(null, term, type.getField("SIG_DFL").get(null));
            handle.invoke(null, term, current);
            return current;
        }
    }
}
