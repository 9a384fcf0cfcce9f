package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** Runs a test against a broken engine, to see that it can fail at all. */
final class Broken {
    /** Until a broken engine counts as hanging, unless the sound one needs a good part of that. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Broken() {}

    /** Passes if the test fails, or hangs, when the engine has the bug, and does not when it has not. */
    static void assertCaught(Mutant mutant, Class<?> testClass, String testMethod) throws Exception {
        long begun = System.nanoTime();
        Throwable sound = outcome(testClass, testMethod, LONGEST_NANOS).first();
        if (sound != null) {
            throw new AssertionError(testMethod + " fails with a sound engine too", sound);
        }
        long patience = Math.max(PATIENCE_NANOS, 4 * (System.nanoTime() - begun));
        assertThat(outcome(mutant.loadClass(testClass.getName()), testMethod, patience).test)
                .as("what %s says of a broken engine", testMethod)
                .isNotNull();
    }

    /** Passes if the test does with an engine that meets some trouble. */
    static void assertSurvives(Mutant mutant, Class<?> testClass, String testMethod) throws Exception {
        Throwable failure = outcome(mutant.loadClass(testClass.getName()), testMethod, LONGEST_NANOS)
                .first();
        if (failure != null) {
            throw new AssertionError(testMethod + " fails", failure);
        }
    }

    /** What a test and what comes after it ended with; null for what passed. */
    private record Outcome(
            @Nullable Throwable test, @Nullable Throwable end) {
        @Nullable
        Throwable first() {
            return test == null ? end : test;
        }
    }

    private static Outcome outcome(Class<?> testClass, String testMethod, long patience) throws Exception {
        Constructor<?> constructor = testClass.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object test = constructor.newInstance();
        Throwable failure = outcome(test, testClass.getDeclaredMethod(testMethod), patience);
        Throwable atItsEnd = null;
        for (Method method : testClass.getDeclaredMethods()) {
            if (method.isAnnotationPresent(AfterEach.class)) {
                atItsEnd = outcome(test, method, patience);
            }
        }
        return new Outcome(failure, atItsEnd);
    }

    private static @Nullable Throwable outcome(Object test, Method method, long patience) throws Exception {
        method.setAccessible(true);
        FutureTask<@Nullable Throwable> run = new FutureTask<>(() -> {
            try {
                method.invoke(test);
                return null;
            } catch (InvocationTargetException e) {
                return e.getCause();
            }
        });
        Thread thread = new Thread(run, "controlled " + method.getName());
        thread.setDaemon(true);
        thread.start();
        try {
            return run.get(patience, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            return e;
        } catch (ExecutionException e) {
            throw new AssertionError("the control itself failed", e);
        }
    }
}
