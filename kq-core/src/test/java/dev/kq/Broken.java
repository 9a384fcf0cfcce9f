package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a test against a broken engine, to see that it can fail at all. */
final class Broken {
    private static final long PATIENCE_SECONDS = 2;

    private Broken() {}

    /** Passes if the test fails, or hangs, when the engine has the bug. */
    static void assertCaught(Mutant mutant, Class<?> testClass, String testMethod) throws Exception {
        Class<?> loaded = mutant.loadClass(testClass.getName());
        Method method = loaded.getDeclaredMethod(testMethod);
        method.setAccessible(true);
        Constructor<?> constructor = loaded.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object test = constructor.newInstance();
        FutureTask<Throwable> run = new FutureTask<>(() -> {
            try {
                method.invoke(test);
                return null;
            } catch (InvocationTargetException e) {
                return e.getCause();
            }
        });
        Thread thread = new Thread(run, "broken " + testMethod);
        thread.setDaemon(true);
        thread.start();
        assertThat(failureOf(run, thread))
                .as("what %s says of a broken engine", testMethod)
                .isNotNull();
    }

    private static Throwable failureOf(FutureTask<Throwable> run, Thread thread) throws Exception {
        try {
            return run.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            return e;
        } catch (ExecutionException e) {
            throw new AssertionError("the control itself failed", e);
        }
    }
}
