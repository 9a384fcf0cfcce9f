package dev.kq.conf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.rolling.TimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.kq.conf.ServiceConf.LogMode;
import dev.kq.conf.ServiceConf.LogRotation;
import dev.kq.errors.KqException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.ILoggerFactory;

/**
 * Makes Logback log as {@code Log} says: one appender of the root logger. Runs on the thread that sets up; the only
 * class but {@link LogEncoder} that knows Logback. What was set up is remembered in Logback's context, which is what it
 * belongs to.
 */
final class LogbackLog {
    private static final String REMEMBERED = "dev.kq.Log";
    private static final String KAFKA = "org.apache.kafka";

    /** Logback drops old files by number only if they have an age too. */
    private static final int FOR_EVER_DAYS = 3650;

    private final LoggerContext context;
    private final ServiceConf.Log log;
    private final String service;

    private LogbackLog(LoggerContext context, ServiceConf.Log log, String name) {
        this.context = context;
        this.log = log;
        this.service = log.serviceName().isEmpty() ? name : log.serviceName();
    }

    static void apply(ILoggerFactory factory, ServiceConf.Log log, String name) {
        LoggerContext context = (LoggerContext) factory;
        synchronized (context) {
            new LogbackLog(context, log, name).apply();
        }
    }

    private void apply() {
        // Only the files of volume have the name in them; queues with the same Log but their own names agree.
        List<Object> wanted = log.mode() == LogMode.VOLUME ? List.of(log, service) : List.of(log);
        Object before = context.getObject(REMEMBERED);
        if (before != null) {
            if (!before.equals(wanted)) {
                context.getLogger(ServiceConf.class)
                        .warn("Log of {} is not applied: it differs from what was set up before", service);
            }
            return;
        }
        Appender<ILoggingEvent> appender = appender();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        List<Appender<ILoggingEvent>> old = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(old::add);
        root.addAppender(appender);
        for (Appender<ILoggingEvent> one : old) {
            root.detachAppender(one);
            one.stop();
        }
        root.setLevel(level());
        Logger kafka = context.getLogger(KAFKA);
        if (kafka.getLevel() == null) {
            kafka.setLevel(Level.WARN); // at info it prints its settings for every client
        }
        context.putObject(REMEMBERED, wanted);
    }

    private Level level() {
        return switch (log.level()) {
            case DEBUG -> Level.DEBUG;
            case INFO -> Level.INFO;
            case ERROR, SEVERE -> Level.ERROR;
        };
    }

    private Appender<ILoggingEvent> appender() {
        if (log.mode() == LogMode.CONSOLE) {
            return started(new ConsoleAppender<>(), "the console");
        }
        String file = folder().resolve("access.log").toString().replace('\\', '/');
        if (log.rotation() == LogRotation.SIZE && log.maxSize() == 0) {
            FileAppender<ILoggingEvent> one = new FileAppender<>();
            one.setFile(file);
            return started(one, file);
        }
        RollingFileAppender<ILoggingEvent> rolling = new RollingFileAppender<>();
        rolling.setFile(file);
        TimeBasedRollingPolicy<ILoggingEvent> policy = policy(file);
        policy.setContext(context);
        policy.setParent(rolling);
        policy.start();
        rolling.setRollingPolicy(policy);
        return started(rolling, file);
    }

    private TimeBasedRollingPolicy<ILoggingEvent> policy(String file) {
        String end = log.compress() ? ".gz" : "";
        if (log.rotation() == LogRotation.DAILY) {
            TimeBasedRollingPolicy<ILoggingEvent> daily = new TimeBasedRollingPolicy<>();
            daily.setFileNamePattern(file + "-%d{yyyy-MM-dd}" + end);
            daily.setMaxHistory(log.keepDays());
            return daily;
        }
        SizeAndTimeBasedRollingPolicy<ILoggingEvent> sized = new SizeAndTimeBasedRollingPolicy<>();
        sized.setFileNamePattern(file + "-%d{yyyy-MM-dd}.%i" + end);
        sized.setMaxFileSize(new FileSize(log.maxSize() * FileSize.MB_COEFFICIENT));
        sized.setMaxHistory(log.keepDays());
        if (log.maxBackups() > 0) {
            sized.setMaxHistory(log.keepDays() > 0 ? log.keepDays() : FOR_EVER_DAYS);
            sized.setTotalSizeCap(new FileSize((long) log.maxBackups() * log.maxSize() * FileSize.MB_COEFFICIENT));
        }
        return sized;
    }

    private Path folder() {
        Path path = Path.of(log.path());
        if (log.mode() == LogMode.FILE) {
            return path;
        }
        if (service.isEmpty()) {
            throw new KqException("Log.Mode volume needs Log.ServiceName or Name for its folder");
        }
        return path.resolve(service).resolve(host());
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // a host that does not know its own name
        }
    }

    private Appender<ILoggingEvent> started(OutputStreamAppender<ILoggingEvent> appender, String where) {
        LogEncoder encoder = new LogEncoder(log);
        encoder.setContext(context);
        encoder.start();
        appender.setContext(context);
        appender.setName("kq");
        appender.setEncoder(encoder);
        appender.start();
        if (!appender.isStarted()) {
            throw new KqException("Log cannot be written to " + where);
        }
        return appender;
    }
}
