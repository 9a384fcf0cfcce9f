package dev.kq.testkit.guarantee;

import dev.kq.Interceptor;
import dev.kq.Message;
import dev.kq.MessageHandler;
import dev.kq.Skip;

/** Writes down when a handler begins, returns and fails. Called by every worker. */
final class HandlerProbe implements Interceptor {
    private final EventLog log;

    HandlerProbe(EventLog log) {
        this.log = log;
    }

    @Override
    public void around(Message message, MessageHandler next) throws Exception {
        if (!log.isAbout(message.topic())) {
            next.handle(message);
            return;
        }
        record(Event.Kind.BEGAN, message);
        boolean returned = false;
        try {
            next.handle(message);
            returned = true;
        } catch (Skip passed) {
            returned = true; // done with it, as the handler wants
            throw passed;
        } finally {
            record(returned ? Event.Kind.ENDED : Event.Kind.FAILED, message);
        }
    }

    private void record(Event.Kind kind, Message message) {
        log.record(kind, message.partition(), message.offset(), message.attempt(), Event.keyText(message.key()));
    }
}
