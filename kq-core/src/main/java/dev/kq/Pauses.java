package dev.kq;

/**
 * How many partitions are not fetched at the moment, and why; one may be counted more than once.
 *
 * @param byUser because of {@link KqQueue#pause()}
 * @param unreadable because their next batch cannot be decoded
 * @param full because they hold as much as they may, or workers have enough
 */
record Pauses(int byUser, int unreadable, int full) {
    static final Pauses NONE = new Pauses(0, 0, 0);

    /** The same object if nothing has changed. */
    Pauses changedTo(int user, int cannotBeRead, int tooFull) {
        return user == byUser && cannotBeRead == unreadable && tooFull == full
                ? this
                : new Pauses(user, cannotBeRead, tooFull);
    }
}
