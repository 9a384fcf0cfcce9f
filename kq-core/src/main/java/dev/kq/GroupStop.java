package dev.kq;

import dev.kq.ServiceGroup.Left;
import dev.kq.errors.KqException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops services phase by phase until a deadline. Runs on the group's stop thread and gives each service a thread of
 * its own, a daemon: one that hangs keeps neither the others nor the JVM.
 */
final class GroupStop {
    private static final Logger log = LoggerFactory.getLogger(ServiceGroup.class);

    private final List<GroupMember> members;
    private final long deadline;
    private final LongSupplier nanoTime;

    GroupStop(List<GroupMember> members, long deadline, LongSupplier nanoTime) {
        this.members = members;
        this.deadline = deadline;
        this.nanoTime = nanoTime;
    }

    /** How long the stop may wait for the start to be over, before all phases. */
    long shareOfStart() {
        return share(!members.isEmpty());
    }

    void run(List<Left> left) throws InterruptedException {
        for (Service.Phase phase : Service.Phase.values()) {
            List<GroupMember> now =
                    members.stream().filter(member -> member.phase() == phase).toList();
            boolean more = members.stream().anyMatch(member -> member.phase().compareTo(phase) > 0);
            if (!now.isEmpty()) {
                stop(now, share(more), left);
            }
        }
    }

    /** What is left of the time, or four fifths of it if something comes after; never nothing at all. */
    private long share(boolean more) {
        long remaining = deadline - nanoTime.getAsLong();
        return Math.max(1, more ? remaining / 5 * 4 : remaining);
    }

    private void stop(List<GroupMember> together, long nanos, List<Left> left) throws InterruptedException {
        long end = nanoTime.getAsLong() + nanos;
        Duration timeout = Duration.ofNanos(nanos);
        List<Stopping> all = new ArrayList<>();
        for (GroupMember member : together) {
            all.add(new Stopping(member, timeout));
        }
        all.forEach(one -> one.thread.start());
        for (Stopping one : all) {
            boolean done = one.done.await(Math.max(0, end - nanoTime.getAsLong()), TimeUnit.NANOSECONDS);
            Throwable failure = one.failure;
            if (!done) {
                left.add(new Left(one.member.label(), "has not stopped in " + timeout));
                one.thread.interrupt();
            } else if (failure != null) {
                left.add(new Left(one.member.label(), text(failure)));
            }
        }
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof KqException && message != null ? message : failure.toString();
    }

    private static final class Stopping implements Runnable {
        final GroupMember member;
        final Duration timeout;
        final Thread thread;
        final CountDownLatch done = new CountDownLatch(1);

        /** Published by {@link #done}. */
        @Nullable
        Throwable failure;

        Stopping(GroupMember member, Duration timeout) {
            this.member = member;
            this.timeout = timeout;
            this.thread = new Thread(this, "kq-services-stop-" + member.label());
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                member.service().stop(timeout);
            } catch (Throwable e) { // whatever it is, the others must stop too
                failure = e;
                if (!(e instanceof KqException)) { // whose message says all
                    log.warn("service {} did not stop cleanly", member.label(), e);
                }
            } finally {
                done.countDown();
            }
        }
    }
}
