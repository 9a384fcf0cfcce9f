package dev.kq.conf;

/** A text that cannot be used. The message says what is wrong, without the value, its place and what is allowed. */
final class Rejected extends Exception {
    private static final long serialVersionUID = 1L;

    Rejected(String what) {
        super(what, null, false, false);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
