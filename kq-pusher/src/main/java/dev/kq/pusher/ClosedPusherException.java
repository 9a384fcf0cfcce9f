package dev.kq.pusher;

/** A push after the close. */
final class ClosedPusherException extends PushException {
    private static final long serialVersionUID = 1L;

    ClosedPusherException(String topic) {
        super(topic, "the pusher is closed", null);
    }
}
