package dev.kq.conf;

import org.slf4j.ILoggerFactory;

/** Finds out who logs, and hands {@code Log} to {@link LogbackLog}, which is not loaded otherwise. Stateless. */
final class LogSetUp {
    private LogSetUp() {}

    static void apply(ILoggerFactory factory, ServiceConf.Log log, String name) {
        String type = factory.getClass().getName();
        if (type.equals("ch.qos.logback.classic.LoggerContext")) {
            LogbackLog.apply(factory, log, name);
        } else {
            factory.getLogger(ServiceConf.class.getName())
                    .info("Log is not applied: it needs Logback, this application logs by {}", type);
        }
    }
}
