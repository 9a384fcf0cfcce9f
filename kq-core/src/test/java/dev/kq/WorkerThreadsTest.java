package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kq.errors.KqException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

class WorkerThreadsTest {
    @Test
    void platformThreads_areNumberedDaemons() {
        ThreadFactory threads = WorkerThreads.of(WorkerKind.PLATFORM, "kq-q-worker-");

        assertThat(threads.newThread(() -> {}).getName()).isEqualTo("kq-q-worker-0");
        Thread second = threads.newThread(() -> {});
        assertThat(second.getName()).isEqualTo("kq-q-worker-1");
        assertThat(second.isDaemon()).isTrue();
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreads_areVirtual_andNumbered() throws Exception {
        ThreadFactory threads = WorkerThreads.of(WorkerKind.VIRTUAL, "kq-q-worker-");
        CountDownLatch ran = new CountDownLatch(1);
        threads.newThread(() -> {});
        Thread second = threads.newThread(ran::countDown);
        second.start();
        ran.await();

        assertThat(second.getName()).isEqualTo("kq-q-worker-1");
        assertThat(Thread.class.getMethod("isVirtual").invoke(second)).isEqualTo(true);
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_20)
    void virtualThreads_onAnOlderJava_areRefusedClearly() {
        assertThatThrownBy(() -> WorkerThreads.of(WorkerKind.VIRTUAL, "x"))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("Workers: virtual needs Java 21 or newer, this is Java 17");
    }
}
