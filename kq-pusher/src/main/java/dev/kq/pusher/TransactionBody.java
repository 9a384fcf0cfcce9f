package dev.kq.pusher;

/**
 * What happens in a transaction.
 *
 * @param <E> what it may throw; a lambda that throws nothing checked needs no word about it
 */
@FunctionalInterface
public interface TransactionBody<E extends Exception> {
    /**
     * Pushes through the transaction. Runs on the thread that called {@link Pusher#inTransaction}; an exception aborts
     * the transaction and reaches that caller as it is.
     *
     * @param tx valid until this method returns; never null
     */
    void run(Transaction tx) throws E;
}
