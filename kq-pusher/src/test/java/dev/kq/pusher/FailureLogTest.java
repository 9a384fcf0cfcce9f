package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FailureLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(Pusher.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final FailureLog log = new FailureLog("t", now::get);

    @BeforeEach
    void attach() {
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
    }

    @Test
    void burst_isOneLineAtOnceAndANumberInTheNext() {
        for (int i = 0; i < 1000; i++) {
            log.failed(new PushException("t", "reason " + i, null));
        }
        assertThat(messages()).containsExactly("Push to topic t failed: reason 0");

        now.addAndGet(FailureLog.INTERVAL_NANOS);
        log.failed(new PushException("t", "another", null));

        assertThat(messages())
                .hasSize(2)
                .last()
                .asString()
                .isEqualTo("Push to topic t failed: another (999 more pushes to it failed since the last such line)");
    }

    @Test
    void close_reportsTheRest() {
        log.failed(new PushException("t", "a", null));
        log.failed(new PushException("t", "b", null));
        log.close();
        log.close();

        assertThat(messages())
                .containsExactly(
                        "Push to topic t failed: a", "1 more pushes to topic t failed since the last such line");
    }

    private List<String> messages() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
