package dev.kq;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.kq.conf.ServiceConf;
import dev.kq.errors.KqException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts services together and stops them in phases: consumers first, then pushers and others, then telemetry, so that
 * a handler that is being finished can still push. Any thread may call it.
 *
 * <pre>{@code
 * try (ServiceGroup group = new ServiceGroup(conf.service())) {
 *     group.add(queue);
 *     group.add(pusher);
 *     group.run(); // until SIGTERM or SIGINT
 * }
 * }</pre>
 *
 * <p>Inside an application server, {@link #start()} and {@link #stop()} do the same without touching signals, hooks or
 * anything else of the JVM. Groups share nothing; there may be several.
 *
 * <pre>
 *  NEW ──start, run──► STARTING ──all started──► RUNNING ──stop, signal, a service ended──► STOPPING ──► STOPPED
 *   │                     └──a start failed, stop──────────────────────────────────────────────▲
 *   └──stop────────────────────────────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>A group is started once and stopped once. The stop takes at most {@code Shutdown.WaitTime}. It calls
 * {@link Service#stop} on everything that was added, however far its start came. A phase that others come after gets at
 * most four fifths of the time that is left, so that a handler that hangs does not cost the pushers their chance. kq:
 * go-zero's {@code service.ServiceGroup}.
 */
public final class ServiceGroup implements AutoCloseable {
    /** What becomes of the group when a service ends by itself. */
    public enum WhenEnded {
        /** The group stops, and {@link #run()} throws if the service has failed. */
        STOP_GROUP,
        /** The others go on; one line in the log tells of it. */
        GO_ON
    }

    /**
     * A service that did not stop cleanly.
     *
     * @param service its name
     * @param reason what was left undone, or how it failed
     */
    public record Left(String service, String reason) {
        @Override
        public String toString() {
            return service + ": " + reason;
        }
    }

    /**
     * How a group stopped.
     *
     * @param left what did not stop cleanly or in time, empty if everything did
     * @param elapsed how long the stop took
     * @param failure why the group stopped, if a service failed or did not start; null if it was asked to
     */
    public record Report(
            List<Left> left, Duration elapsed, @Nullable Throwable failure) {
        /** The list is copied. */
        public Report {
            left = List.copyOf(left);
        }

        /** Whether every service stopped cleanly and in time. */
        public boolean complete() {
            return left.isEmpty();
        }
    }

    private enum State {
        NEW,
        STARTING,
        RUNNING,
        STOPPING,
        STOPPED
    }

    /** go-zero's {@code Shutdown.WaitTime}. */
    private static final Duration WAIT_TIME = Duration.ofMillis(5_500);

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Logger log = LoggerFactory.getLogger(ServiceGroup.class);

    private final Duration waitTime;
    private final LongSupplier nanoTime;
    private final CountDownLatch startOver = new CountDownLatch(1);
    private final CompletableFuture<Report> stopped = new CompletableFuture<>();

    @GuardedBy("this")
    private final List<GroupMember> members = new ArrayList<>();

    @GuardedBy("this")
    private State state = State.NEW;

    /** The first service that failed; what it did. */
    @GuardedBy("this")
    private @Nullable KqException failure;

    /** For the report, if its start does not return. */
    private volatile @Nullable GroupMember starting;

    /** A group that stops within 5.5 seconds, as in go-zero. */
    public ServiceGroup() {
        this(WAIT_TIME);
    }

    /** A group that stops within {@code Shutdown.WaitTime}. */
    public ServiceGroup(ServiceConf conf) {
        this(conf.shutdown().waitTime());
    }

    /**
     * A group that stops within this time.
     *
     * @param waitTime more than zero, at most 36,500 days
     * @throws IllegalArgumentException if it is not
     */
    public ServiceGroup(Duration waitTime) {
        this(waitTime, System::nanoTime);
    }

    ServiceGroup(Duration waitTime, LongSupplier nanoTime) {
        if (waitTime.isNegative() || waitTime.isZero() || waitTime.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "waitTime is " + waitTime + ", must be more than zero and at most " + LONGEST);
        }
        this.waitTime = waitTime;
        this.nanoTime = nanoTime;
    }

    /**
     * Adds a service; if it ends by itself, the group stops.
     *
     * @return this group
     * @throws KqException if the group was started or stopped, or has the service already
     */
    @CanIgnoreReturnValue
    public ServiceGroup add(Service service) {
        return add(service, WhenEnded.STOP_GROUP);
    }

    /**
     * Adds a service.
     *
     * @return this group
     * @throws KqException if the group was started or stopped, or has the service already
     */
    @CanIgnoreReturnValue
    public ServiceGroup add(Service service, WhenEnded whenEnded) {
        GroupMember member = GroupMember.of(service, Objects.requireNonNull(whenEnded, "whenEnded"));
        synchronized (this) {
            if (state != State.NEW) {
                throw new KqException("service " + member.label() + " cannot be added: the group " + stateText());
            }
            if (members.stream().anyMatch(other -> other.service() == service)) {
                throw new KqException("service " + member.label() + " is in the group already");
            }
            members.add(member);
        }
        return this;
    }

    /**
     * Starts all services on this thread, one after the other: telemetry, then others, then consumers, each in the
     * order in which they were added. Returns when all run. Does not look at signals.
     *
     * @throws KqException if a service does not start, or one ended or {@link #stop()} was called meanwhile; everything
     *     is stopped by then. Also if the group was started or stopped before
     */
    public void start() {
        begin();
        if (!startMembers()) {
            Report report = awaitStopped();
            throwFailure();
            throw new KqException("the group was stopped while it started, within " + report.elapsed());
        }
    }

    /**
     * Starts all services, waits for SIGTERM, SIGINT, {@link #stop()} or the end of a service, and stops all.
     *
     * <p>From the call to the return there is a shutdown hook, which holds the JVM's end until the group has stopped,
     * and then for up to a second for this thread to end. The exit code is the signal's, 143 or 130. A second signal
     * ends the JVM at once, with the same code. When this method returns or throws, hook and signals are as before,
     * unless the JVM is ending. Where the JVM has no {@code sun.misc.Signal}, a second signal changes nothing.
     *
     * @return what was left
     * @throws KqException if a service does not start or fails; everything is stopped by then. Also if the group was
     *     started or stopped before
     * @throws InterruptedException if this thread is interrupted; everything is stopped by then
     */
    @CanIgnoreReturnValue
    public Report run() throws InterruptedException {
        begin();
        try (ExitHook hook = new ExitHook(() -> beginStop(null), this::awaitStopped)) {
            hook.install();
            try {
                startMembers();
                return join();
            } catch (InterruptedException e) {
                stop(); // with the hook: a signal may still come
                throw e;
            }
        }
    }

    /**
     * Waits until the group has stopped, whoever stopped it. Before the start it waits for that too.
     *
     * @return what was left
     * @throws KqException if it was stopped because a service did not start or failed
     * @throws InterruptedException if the calling thread is interrupted; the group goes on
     */
    @CanIgnoreReturnValue
    public Report join() throws InterruptedException {
        try {
            Report report = stopped.get();
            throwFailure();
            return report;
        } catch (ExecutionException e) {
            throw new IllegalStateException("BUG: a stop that failed", e);
        }
    }

    /**
     * Stops all services within {@code Shutdown.WaitTime}. One that fails or hangs does not keep the others from
     * stopping. Later calls wait for the same stop and return the same report. Called while the group starts, it lets
     * the start that runs return and leaves out the rest.
     *
     * <p>Called from a handler of a {@link KqQueue} of the group, it does not wait, for the stop waits for the handler.
     * Called from another service's own thread it may wait for itself, until the time is over.
     *
     * @return what was left; from a handler, what has not stopped at the moment
     */
    @CanIgnoreReturnValue
    public Report stop() {
        beginStop(null);
        if (!stopped.isDone() && inAHandler()) {
            return new Report(
                    snapshot().stream()
                            .map(member -> new Left(member.label(), "is being stopped"))
                            .toList(),
                    Duration.ZERO,
                    failure());
        }
        return awaitStopped();
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    private synchronized void begin() {
        if (state != State.NEW) {
            throw new KqException("the group cannot be started: it " + stateText());
        }
        state = State.STARTING;
    }

    /** Whether all run now; if not, a stop has begun. */
    private boolean startMembers() {
        try {
            List<GroupMember> order = snapshot();
            order.sort(Comparator.comparing(GroupMember::phase).reversed());
            for (GroupMember member : order) {
                if (!in(State.STARTING)) {
                    break;
                }
                starting = member;
                start(member);
            }
            starting = null;
            synchronized (this) {
                if (state == State.STARTING) {
                    state = State.RUNNING;
                }
                return state == State.RUNNING;
            }
        } finally {
            startOver.countDown();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what is attached here is the end of the chain
    private void start(GroupMember member) {
        try {
            member.service().start();
            member.service().ended().whenComplete((ignored, cause) -> ended(member, cause));
        } catch (Throwable e) { // also an Error: it must not leave the others running
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            beginStop(new KqException("service " + member.label() + " did not start: " + e, e));
        }
    }

    private void ended(GroupMember member, @Nullable Throwable cause) {
        if (!in(State.STARTING) && !in(State.RUNNING)) {
            return;
        }
        String how = cause == null ? " has ended" : " has failed: " + cause;
        if (member.whenEnded() == WhenEnded.GO_ON) {
            if (cause == null) {
                log.info("service {}{}; the group goes on", member.label(), how);
            } else {
                log.warn("service {}{}; the group goes on", member.label(), how);
            }
        } else {
            log.info("service {}{}; the group stops", member.label(), how);
            beginStop(cause == null ? null : new KqException("service " + member.label() + how, cause));
        }
    }

    /** Begins the stop if it has not begun. Short; what takes time is done by a thread made for it. */
    private void beginStop(@Nullable KqException why) {
        synchronized (this) {
            if (state == State.STOPPING || state == State.STOPPED) {
                return;
            }
            // First the thread: if there is no memory for it, the next stop tries again.
            Thread stop = new Thread(this::stopNow, "kq-services-stop");
            stop.setDaemon(false); // whoever asks for it may be one
            stop.start();
            if (state == State.NEW) {
                startOver.countDown();
            }
            state = State.STOPPING;
            failure = why;
        }
    }

    private void stopNow() {
        long begun = nanoTime.getAsLong();
        List<GroupMember> all = snapshot();
        log.info("{} service(s) stop within {}", all.size(), waitTime);
        List<Left> left = new ArrayList<>();
        try {
            GroupStop stop = new GroupStop(all, begun + waitTime.toNanos(), nanoTime);
            awaitStartOver(stop.shareOfStart(), left);
            stop.run(left);
        } catch (InterruptedException e) {
            left.add(new Left("the group", "its stop was interrupted"));
        } catch (RuntimeException | Error e) { // no more threads, for instance
            log.error("the stop of a group failed", e);
            left.add(new Left("the group", "its stop failed: " + e));
        } finally {
            Report report = new Report(left, Duration.ofNanos(nanoTime.getAsLong() - begun), failure());
            synchronized (this) {
                state = State.STOPPED;
            }
            if (report.complete()) {
                log.info("{} service(s) stopped in {}", all.size(), report.elapsed());
            } else {
                log.warn("{} service(s) stopped in {}, left: {}", all.size(), report.elapsed(), left);
            }
            stopped.complete(report);
        }
    }

    private void awaitStartOver(long nanos, List<Left> left) throws InterruptedException {
        if (!startOver.await(nanos, TimeUnit.NANOSECONDS)) {
            GroupMember member = starting;
            if (member != null) {
                left.add(new Left(member.label(), "its start has not returned"));
            }
        }
    }

    private boolean inAHandler() {
        for (GroupMember member : snapshot()) {
            if (member.service() instanceof KqQueue queue && queue.runsHere()) {
                return true;
            }
        }
        return false;
    }

    private Report awaitStopped() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return stopped.get();
                } catch (InterruptedException e) {
                    interrupted = true; // the stop is bounded, and leaving it would leave what it still closes
                } catch (ExecutionException e) {
                    throw new IllegalStateException("BUG: a stop that failed", e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void throwFailure() {
        KqException why;
        synchronized (this) {
            why = failure;
        }
        if (why != null) {
            throw new KqException(Objects.requireNonNull(why.getMessage()), why.getCause());
        }
    }

    private synchronized @Nullable Throwable failure() {
        return failure == null ? null : failure.getCause();
    }

    private synchronized List<GroupMember> snapshot() {
        return new ArrayList<>(members);
    }

    private synchronized boolean in(State wanted) {
        return state == wanted;
    }

    @GuardedBy("this")
    private String stateText() {
        return switch (state) {
            case NEW -> "is new";
            case STARTING, RUNNING -> "is started already";
            case STOPPING, STOPPED -> "is stopped; make a new one";
        };
    }
}
