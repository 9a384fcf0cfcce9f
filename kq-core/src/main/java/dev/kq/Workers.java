package dev.kq;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Keeps as many workers as asked for, each on a thread of its own. Thread-safe. */
final class Workers {
    private record Member(Thread thread, WorkQueue.Seat seat) {}

    private final ThreadFactory threads;
    private final WorkQueue work;
    private final Function<WorkQueue.Seat, Runnable> workers;

    @GuardedBy("this")
    private final ArrayDeque<Member> members = new ArrayDeque<>();

    /** Dismissed ones that may still be handling their last run. */
    @GuardedBy("this")
    private final List<Member> leaving = new ArrayList<>();

    /**
     * None yet.
     *
     * @param workers makes what a new thread runs
     */
    Workers(ThreadFactory threads, WorkQueue work, Function<WorkQueue.Seat, Runnable> workers) {
        this.threads = threads;
        this.work = work;
        this.workers = workers;
    }

    /** Starts or dismisses workers until there are as many as given; a dismissed one finishes its run first. */
    synchronized void setCount(int count) {
        leaving.removeIf(member -> !member.thread.isAlive() && member.seat.borrower() == null);
        while (members.size() < count) {
            WorkQueue.Seat seat = new WorkQueue.Seat();
            Thread thread = threads.newThread(workers.apply(seat));
            members.addLast(new Member(thread, seat));
            thread.start();
        }
        while (members.size() > count) {
            Member last = members.removeLast();
            leaving.add(last);
            work.dismiss(last.seat);
        }
    }

    synchronized int count() {
        return members.size();
    }

    /** Whether the calling thread is one of the workers, or handles records in place of one. */
    boolean runsHere() {
        Thread here = Thread.currentThread();
        return all().stream().anyMatch(member -> member.thread == here || member.seat.borrower() == here);
    }

    /**
     * Ends all workers: those without work at once, those in a handler when it returns; after the time given they are
     * interrupted and left behind.
     *
     * @return how many were left behind
     */
    int stop(long nanos) throws InterruptedException {
        work.close();
        long deadline = System.nanoTime() + nanos;
        for (Member member : all()) {
            TimeUnit.NANOSECONDS.timedJoin(member.thread, Math.max(1, deadline - System.nanoTime()));
            Thread inItsPlace = member.seat.borrower();
            if (inItsPlace != null) { // which ends with its handler: there are no fetchers any more
                TimeUnit.NANOSECONDS.timedJoin(inItsPlace, Math.max(1, deadline - System.nanoTime()));
            }
        }
        int leftBehind = 0;
        for (Member member : all()) {
            Thread inItsPlace = member.seat.borrower();
            leftBehind += inItsPlace != null || member.thread.isAlive() ? 1 : 0;
            if (inItsPlace != null) {
                inItsPlace.interrupt();
            }
            member.thread.interrupt(); // also wakes one that waits until its place is free again
        }
        return leftBehind;
    }

    private synchronized List<Member> all() {
        List<Member> all = new ArrayList<>(members);
        all.addAll(leaving);
        return all;
    }
}
