package dev.kq;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.Comparator;

/** Writes what the threads of the process do at the moment, but for virtual ones. Any thread. */
final class ThreadDump {
    private ThreadDump() {}

    static String text() {
        StringBuilder out = new StringBuilder();
        ThreadInfo[] all = ManagementFactory.getThreadMXBean().dumpAllThreads(true, true);
        Arrays.stream(all)
                .sorted(Comparator.comparing(ThreadInfo::getThreadName))
                .forEach(thread -> write(thread, out));
        return out.toString();
    }

    private static void write(ThreadInfo thread, StringBuilder out) {
        out.append('"').append(thread.getThreadName()).append("\" #").append(thread.getThreadId());
        out.append(thread.isDaemon() ? " daemon " : " ").append(thread.getThreadState());
        LockInfo awaited = thread.getLockInfo();
        if (awaited != null) {
            out.append(" on ").append(awaited);
        }
        if (thread.getLockOwnerName() != null) {
            out.append(", which \"").append(thread.getLockOwnerName()).append("\" has");
        }
        out.append('\n');
        for (StackTraceElement frame : thread.getStackTrace()) {
            out.append("    at ").append(frame).append('\n');
        }
        for (LockInfo lock : thread.getLockedSynchronizers()) {
            out.append("    has ").append(lock).append('\n');
        }
        out.append('\n');
    }
}
