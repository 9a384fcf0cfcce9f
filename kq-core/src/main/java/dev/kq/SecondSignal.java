package dev.kq;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the JVM at once when SIGTERM or SIGINT comes a second time; the first one goes on to whoever had it before. The
 * JVM itself ignores a second signal while its hooks run. Installed by the thread that runs a group, called by threads
 * of the JVM's.
 *
 * <p>{@code sun.misc.Signal} is the only way to it, and no part of Java SE: it is reached by reflection, and where it
 * is missing or refused ({@code -Xrs}) there is no second signal.
 */
final class SecondSignal implements InvocationHandler, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServiceGroup.class);

    /** Handlers of signals are the JVM's, so groups that run side by side take turns here. */
    private static final Object INSTALLING = new Object();

    private final Method handle;
    private final Method call;
    private final Method number;
    private final Object self;
    /** The signals, each with its handler from before. */
    private final Map<Object, Object> before = new LinkedHashMap<>();

    private final AtomicBoolean seen = new AtomicBoolean();
    private volatile boolean closed;

    private SecondSignal() throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        handle = signal.getMethod("handle", signal, handler);
        call = handler.getMethod("handle", signal);
        number = signal.getMethod("getNumber");
        self = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, this);
        synchronized (INSTALLING) {
            for (String name : List.of("TERM", "INT")) {
                Object one = signal.getConstructor(String.class).newInstance(name);
                before.put(one, handle.invoke(null, one, self));
            }
        }
    }

    /** Watches from now on; null if this JVM does not allow it. */
    static @Nullable SecondSignal watch() {
        try {
            return new SecondSignal();
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.debug("a second signal will not end the JVM at once", e);
            return null;
        }
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (arguments == null) {
            return method.getName().equals("hashCode") ? System.identityHashCode(proxy) : "kq's second signal";
        }
        if (method.getName().equals("equals")) {
            return proxy == arguments[0];
        }
        Object signal = arguments[0];
        if (!closed && seen.getAndSet(true)) {
            Runtime.getRuntime().halt(128 + (Integer) number.invoke(signal));
        }
        return call.invoke(before.get(signal), signal);
    }

    /** Puts back what was there before, unless somebody has come after. */
    @Override
    public void close() {
        closed = true;
        synchronized (INSTALLING) {
            before.forEach(this::putBack);
        }
    }

    private void putBack(Object signal, Object previous) {
        try {
            Object current = handle.invoke(null, signal, stillOpen(signal, previous));
            if (current != self) {
                handle.invoke(null, signal, current); // a later group's, which hands on to this one
            }
        } catch (IllegalAccessException | InvocationTargetException e) {
            log.debug("a signal handler could not be put back", e);
        }
    }

    /** Skips handlers of groups that have ended since. */
    private static Object stillOpen(Object signal, Object handler) {
        Object found = handler;
        while (Proxy.isProxyClass(found.getClass())
                && Proxy.getInvocationHandler(found) instanceof SecondSignal other
                && other.closed) {
            found = Objects.requireNonNull(other.before.get(signal));
        }
        return found;
    }
}
