package dev.kq;

import dev.kq.errors.KqException;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes threads for workers; the only place that knows whether this JVM has virtual ones. Stateless. */
final class WorkerThreads {
    private WorkerThreads() {}

    /**
     * A factory of daemon threads that are named and numbered.
     *
     * @throws KqException if virtual threads are asked for and this JVM has none
     */
    static ThreadFactory of(WorkerKind kind, String prefix) {
        return kind == WorkerKind.VIRTUAL ? virtual(prefix) : platform(prefix);
    }

    /** The same, but threads that keep the JVM alive, also if daemons or virtual threads ask for them. */
    static ThreadFactory keepingTheJvmAlive(String prefix) {
        ThreadFactory daemons = platform(prefix);
        return task -> {
            Thread thread = daemons.newThread(task);
            thread.setDaemon(false);
            return thread;
        };
    }

    static ThreadFactory platform(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** By name, since the classes are compiled for Java 17: {@code Thread.ofVirtual().name(prefix, 0).factory()}. */
    private static ThreadFactory virtual(String prefix) {
        if (Runtime.version().feature() < 21) {
            throw new KqException("Workers: virtual needs Java 21 or newer, this is Java "
                    + Runtime.version().feature() + "; use Workers: platform or a newer Java");
        }
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            builder = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 0L);
            return (ThreadFactory) type.getMethod("factory").invoke(builder);
        } catch (NoSuchMethodException
                | ClassNotFoundException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new KqException("this Java " + Runtime.version() + " does not make virtual threads", e);
        }
    }
}
